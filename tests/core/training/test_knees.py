"""Knees that a capture has backwards."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.training.knees import with_knees_forwards
from core.training.motion import Motion
from core.training.retarget import Calibration
from tests.core.training.synthetic_people import write_walk

THIGH, CALF, FOOT = (f"CC_Base_R_{bone}" for bone in ("Thigh", "Calf", "Foot"))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Motion, Calibration]:
    path = tmp_path_factory.mktemp("walk") / "001_01.bvh"
    write_walk(path)
    motion = Motion.load(path)
    return motion, Calibration.of([motion])


def backwards(motion: Motion, frames: slice) -> Motion:
    """With the right leg turned by half a circle about the line from hip to ankle."""
    rotations, positions = motion.rotations.copy(), motion.positions.copy()
    thigh, calf = motion.bone_names.index(THIGH), motion.bone_names.index(CALF)
    hip = motion.position(THIGH)[frames]
    leg = motion.position(FOOT)[frames] - hip
    turn = Rotation.from_rotvec(np.pi * leg / np.linalg.norm(leg, axis=1, keepdims=True))
    for bone in (thigh, calf):
        rotations[frames, bone] = turn.as_matrix() @ rotations[frames, bone]
    positions[frames, calf] = hip + turn.apply(positions[frames, calf] - hip)
    return replace(motion, rotations=rotations, positions=positions)


def test_a_sound_walk_stays(walk: tuple[Motion, Calibration]) -> None:
    motion, calibration = walk
    same = with_knees_forwards(motion, calibration)
    assert same.rotations == pytest.approx(motion.rotations, abs=1e-5)
    assert same.positions == pytest.approx(motion.positions, abs=1e-5)


@pytest.mark.parametrize("frames", [slice(5, 8), slice(0, 2)])
def test_a_knee_that_bends_backwards_is_turned_forwards(walk: tuple[Motion, Calibration], frames: slice) -> None:
    motion, calibration = walk
    broken = backwards(motion, frames)
    mended = with_knees_forwards(broken, calibration)
    apart = np.linalg.norm(broken.position(CALF) - motion.position(CALF), axis=1)
    left = np.linalg.norm(mended.position(CALF) - motion.position(CALF), axis=1)
    assert left.max() < 0.1 * apart.max()
    turned = Rotation.from_matrix(mended.rotation(THIGH) @ np.swapaxes(motion.rotation(THIGH), 1, 2))
    assert np.degrees(turned.magnitude()).max() < 10
    assert mended.position(FOOT) == pytest.approx(motion.position(FOOT))
    assert mended.position("CC_Base_L_Calf") == pytest.approx(motion.position("CC_Base_L_Calf"), abs=1e-5)


def test_where_no_frame_is_sound_nothing_is_turned(walk: tuple[Motion, Calibration]) -> None:
    motion, calibration = walk
    broken = backwards(motion, slice(None))
    assert with_knees_forwards(broken, calibration).position(CALF) == pytest.approx(broken.position(CALF), abs=1e-5)

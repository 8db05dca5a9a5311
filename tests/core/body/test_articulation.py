"""Joint angles mean what anatomy means by them, on both sides."""

import numpy as np
import pytest

from core.body.articulation import Articulation
from core.body.model import BodyModel
from tests.core.posed_person import pose

SIDES = pytest.mark.parametrize("side", ["L", "R"])


def joint(angles: dict[str, tuple[float, float, float]], bone: str) -> np.ndarray:
    return pose(angles).joints[BodyModel.load().bone(bone)]


@SIDES
def test_knee_flexion_brings_the_heel_back_and_up(side: str) -> None:
    still, bent = joint({}, f"foot.{side}"), joint({f"lowerleg01.{side}": (90, 0, 0)}, f"foot.{side}")
    assert bent[2] < still[2] - 0.25
    assert bent[1] > still[1] + 0.25


@SIDES
def test_hip_flexion_lifts_the_thigh_forwards(side: str) -> None:
    still, bent = joint({}, f"lowerleg01.{side}"), joint({f"upperleg01.{side}": (90, 0, 0)}, f"lowerleg01.{side}")
    assert bent[2] > still[2] + 0.25
    assert bent[1] > still[1] + 0.25


@SIDES
def test_elbow_flexion_brings_the_hand_to_the_shoulder(side: str) -> None:
    shoulder, wrist = f"upperarm01.{side}", f"wrist.{side}"
    apart = [
        np.linalg.norm(joint({f"lowerarm01.{side}": (angle, 0, 0)}, wrist) - joint({}, shoulder))
        for angle in (-40, 0, 50, 90)
    ]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 0.5 * apart[0]


@SIDES
@pytest.mark.parametrize(("bone", "end"), [("upperleg01", "foot"), ("upperarm01", "wrist")])
def test_swinging_sideways_takes_a_limb_away_from_the_body(side: str, bone: str, end: str) -> None:
    outwards = 1.0 if side == "L" else -1.0
    still, swung = joint({}, f"{end}.{side}"), joint({f"{bone}.{side}": (0, 0, 30)}, f"{end}.{side}")
    assert (swung - still)[0] * outwards > 0.03


def test_trunk_flexion_bows_forwards() -> None:
    assert joint({"spine05": (30, 0, 0)}, "head")[2] > joint({}, "head")[2] + 0.1


def test_limits_hold_the_rest_pose_and_frames_are_rotations() -> None:
    articulation = Articulation.of(BodyModel.load())
    assert (articulation.low < 0).all()
    assert (articulation.high > 0).all()
    square = np.einsum("jab,jac->jbc", articulation.frames, articulation.frames)
    assert np.allclose(square, np.eye(3), atol=1e-6)
    assert articulation.parents[0] == -1
    assert all(parent < child for child, parent in enumerate(articulation.parents))

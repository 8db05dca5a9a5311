"""The size of a camera's path, from people whose way and whose camera's way are known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.body.fit import BodyMotion
from core.body.travel import path_size
from core.person.camera_path import CameraPath

FRAMES, RATE, STEP = 60, 30.0, 0.7
LEFT, RIGHT = (27, 29, 31), (28, 30, 32)


def feet(walks: bool) -> np.ndarray:
    """(F, 33, 3) metres in the world: the feet step in turns, half a second each, 0.7 m further, or stand."""
    landmarks = np.zeros((FRAMES, 33, 3))
    phase = np.arange(FRAMES) / RATE / 0.5
    for foot, late in ((LEFT, 0.0), (RIGHT, 1.0)):
        done, within = np.divmod(phase + late, 2.0)
        swing = np.clip(within - 1.0, 0.0, 1.0)
        x = (done + swing**2 * (3 - 2 * swing)) * 2 * STEP if walks else np.zeros(FRAMES)
        height = 0.1 * np.sin(np.pi * swing)
        for mark, forwards in zip(foot, (0.0, -0.05, 0.15), strict=True):
            landmarks[:, mark] = np.stack([x + forwards, height, np.full(FRAMES, 0.1 - 0.2 * late)], axis=1)
    return landmarks


def seen(turns: np.ndarray, places: np.ndarray, walks: bool, tremble: float = 0.003) -> BodyMotion:
    """The feet as a camera has them in its own axes that turns and goes like this."""
    start = np.array([0.0, 1.2, 4.0])
    trembling = np.random.default_rng(2).normal(0, tremble, (FRAMES, 33, 3))
    local = np.einsum("fji,fnj->fni", turns, feet(walks) + trembling - start - places[:, None])
    hips = local[:, LEFT].mean(axis=1) + [0, 0.9, 0]
    return BodyMotion(np.zeros((FRAMES, 1, 3)), hips, local[:, :1], local, np.zeros(2), 1.0, 1000.0)


SHARE = np.linspace(0, 1, FRAMES)[:, None]
PANNING = Rotation.from_euler("y", 10 * SHARE, degrees=True).as_matrix()


@pytest.mark.parametrize("walks", [True, False], ids=["walking", "standing"])
@pytest.mark.parametrize("metres", [(1.2, 0, 0), (-0.8, 0.2, 0), (0, 0, -1.5)], ids=["along", "against", "towards"])
def test_feet_that_stand_say_how_far_the_camera_went(metres: tuple[float, float, float], walks: bool) -> None:
    places = SHARE * metres
    # The background is about 6 m away.
    path = CameraPath(list(range(FRAMES)), PANNING, places / 6.0)
    assert path_size(seen(PANNING, places, walks), path, 1 / RATE) == pytest.approx(6.0, rel=0.05)


@pytest.mark.parametrize("walks", [True, False], ids=["walking", "standing"])
@pytest.mark.parametrize("way", [(0.2, 0, 0), (-0.2, 0, 0), (0, 0, -0.2)], ids=["along", "against", "towards"])
def test_a_path_that_the_camera_did_not_go_has_no_size(way: tuple[float, float, float], walks: bool) -> None:
    still = seen(PANNING, np.zeros((FRAMES, 3)), walks)
    assert path_size(still, CameraPath(list(range(FRAMES)), PANNING, SHARE * way), 1 / RATE) is None


def test_feet_that_nobody_sees_well_say_nothing() -> None:
    places = SHARE * [1.2, 0, 0]
    motion = seen(PANNING, places, walks=True, tremble=0.3)
    assert path_size(motion, CameraPath(list(range(FRAMES)), PANNING, places / 6.0), 1 / RATE) is None


def test_a_single_frame_says_nothing() -> None:
    local = np.zeros((1, 33, 3)) - [0, 0, 4.0]
    motion = BodyMotion(np.zeros((1, 1, 3)), local[:, 0], local[:, :1], local, np.zeros(2), 1.0, 1000.0)
    assert path_size(motion, CameraPath([0], np.eye(3)[None], np.zeros((1, 3))), 1 / RATE) is None

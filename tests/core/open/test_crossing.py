"""A ball before a person in a white shirt is found, the shirt's own shadow is not."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.open.body_maps import BodyShape
from core.open.crossing import crossing

SIZE, WHITE = 128, 230.0


@pytest.fixture(scope="module")
def standing() -> BodyShape:
    rest = BodyModel.load().mean_vertices
    return BodyShape.posed(((rest - rest.mean(axis=0)) * (0.8 / np.ptp(rest[:, 1]))).astype(np.float32))


def picture_of(body: BodyShape, colour: float) -> np.ndarray:
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    picture[body.layers(SIZE)[0].seen] = int(colour)
    return picture


def memory_of(body: BodyShape, known: float) -> np.ndarray:
    colours = np.full((len(body.vertices), 4), WHITE, np.float32)
    colours[:, 3] = known
    return colours


def test_a_dark_ball_is_found(standing: BodyShape) -> None:
    picture = picture_of(standing, WHITE - 20)
    assert crossing(standing, memory_of(standing, 1.0), picture, SIZE).max() == 0.0
    rows, columns = np.mgrid[:SIZE, :SIZE]
    ball = np.hypot(rows - 45, columns - SIZE / 2) < 6
    picture[ball] = (60, 30, 20)
    found = crossing(standing, memory_of(standing, 1.0), picture, SIZE)
    assert found[ball].min() == 1.0
    assert found[np.hypot(rows - 45, columns - SIZE / 2) > 12].max() == 0.0


def test_what_the_clip_does_not_know_is_not_judged(standing: BodyShape) -> None:
    assert crossing(standing, memory_of(standing, 0.0), picture_of(standing, 10), SIZE).max() == 0.0

"""Values spread over the body's surface, not through the air."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.smoothing import smoother


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return BodyModel.load()


def test_what_is_the_same_everywhere_stays(model: BodyModel) -> None:
    values = np.tile([[0.3, -2.0]], (len(model.mean_vertices), 1))
    assert np.allclose(smoother(0.02).smooth(values), values, atol=1e-6)


def test_an_average_reaches_what_is_unknown_and_says_what_is_known(model: BodyModel) -> None:
    torso = model.parts == model.part_names.index("torso")
    known = torso & (np.arange(len(torso)) % 5 == 0)
    values = np.where(known[:, None], [[0.01, 0.0, 0.02]], 5.0)
    averaged = smoother(0.03).average(values, known.astype(np.float32), 1e-4)
    middle = torso & model.exterior & (np.abs(model.mean_vertices[:, 1] - model.mean_vertices[torso, 1].mean()) < 0.1)
    assert np.abs(averaged[middle] - [0.01, 0.0, 0.02]).max() < 1e-3


def test_a_hand_beside_the_hip_does_not_hear_of_it(model: BodyModel) -> None:
    hand = model.parts == model.part_names.index("hand")
    value = (model.parts == model.part_names.index("torso")).astype(np.float64)[:, None]
    assert smoother(0.03).smooth(value)[hand].max() < 0.01

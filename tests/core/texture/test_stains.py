"""A shirt that shows past a forearm in a few frames is not on the forearm; a sleeve that all frames show is."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.texture.stains import unstained

MODEL = BodyModel.load()
SKIN, SHIRT = np.float32([210, 170, 150]), np.float32([220, 20, 80])
FOREARM = MODEL.of_parts("forearm")
BELOW = FOREARM & (MODEL.mean_vertices[:, 2] < np.median(MODEL.mean_vertices[FOREARM, 2]))


@pytest.mark.parametrize(("support", "expected"), [(0.05, SKIN), (0.6, SHIRT)])
def test_only_what_is_seldom_seen_is_a_stain(support: float, expected: np.ndarray) -> None:
    colours = np.where(BELOW[:, None], SHIRT, SKIN)
    found = unstained(colours, np.where(BELOW, support, 0.6).astype(np.float32))
    assert found[BELOW].mean(axis=0) == pytest.approx(expected, abs=3)
    assert (found[~BELOW] == SKIN).all()


def test_shadow_on_the_far_side_is_no_stain() -> None:
    colours = np.where(BELOW[:, None], 0.85 * SKIN, SKIN).astype(np.float32)
    assert (unstained(colours, np.where(BELOW, 0.05, 0.6).astype(np.float32)) == colours).all()

"""Ears are on both sides of the head, and all that stands off it."""

import numpy as np

from core.body.ears import outer_ears
from core.body.model import BodyModel


def test_ears_are_mirror_images_on_both_sides_of_the_head() -> None:
    left, right = outer_ears()
    model = BodyModel.load()
    assert model.mean_vertices[left, 0].min() > 0 > model.mean_vertices[right, 0].max()
    np.testing.assert_array_equal(left, right[model.mirror])


def test_nothing_of_a_head_is_further_aside_than_ears() -> None:
    model = BodyModel.load()
    aside = np.abs(model.mean_vertices[:, 0]) * model.of_parts("head")
    assert outer_ears().any(axis=0)[aside > 0.08].all()

"""Legs that no picture shows, after what is above them."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.render import vertex_normals
from core.texture.legs import SHOES, TROUSERS, with_legs

SKIN, ORANGE, BLUE, SUIT = (200.0, 150.0, 120.0), (210.0, 130.0, 10.0), (60.0, 80.0, 160.0), (12.0, 16.0, 32.0)


def legs(top: tuple[float, ...], thigh: tuple[float, ...], seen_to: float) -> tuple[np.ndarray, np.ndarray]:
    """Hidden colours (K, 3) of shins and of feet, of who wears these on trunk and thighs and is seen from the front
    down to a height of the rest pose, a share of the legs' length above the ground."""
    model = BodyModel.load()
    colours = np.full((len(model.mean_vertices), 3), ORANGE, np.float32)
    for part, colour in (("torso", top), ("thigh", thigh), ("head", SKIN), ("hand", SKIN)):
        colours[model.of_parts(part)] = colour
    height = model.mean_vertices[:, 1]
    ground, hips = height.min(), height[model.of_parts("thigh")].max()
    front = vertex_normals(model.mean_vertices, model.triangles)[:, 2] > 0
    known = (height > ground + seen_to * (hips - ground)) & front
    filled = with_legs(np.full_like(colours, 255.0), colours, known)
    assert (filled[known] == 255).all()
    return tuple(filled[model.of_parts(part) & ~known] for part in ("shin", "foot"))


@pytest.mark.parametrize("seen_to", [0.75, 0.9])
def test_below_a_pullover_that_reaches_the_edge_are_dark_trousers(seen_to: float) -> None:
    shins, feet = legs(ORANGE, ORANGE, seen_to)
    assert np.allclose(shins, TROUSERS)
    assert np.allclose(feet, SHOES)


def test_trousers_go_on() -> None:
    shins, feet = legs(ORANGE, BLUE, 0.7)
    assert np.allclose(shins, BLUE)
    assert np.allclose(feet, SHOES)


def test_bare_legs_go_on() -> None:
    shins, feet = legs(ORANGE, SKIN, 0.7)
    assert np.allclose(shins, SKIN)
    assert np.allclose(feet, SKIN)


def test_a_suit_has_trousers_of_its_own_colour() -> None:
    assert np.allclose(legs(SUIT, SUIT, 0.9)[0], SUIT)


def test_seen_shins_tell_the_rest() -> None:
    shins, feet = legs(ORANGE, BLUE, 0.3)
    assert (shins == 255).all()
    assert (feet == 255).all()

"""Landmarks as a camera sees them that looks at the hips."""

import numpy as np
import pytest

from core.lifting.sight import INPUTS, from_hips, inputs, look_at_hips
from core.spaces import Camera

WIDTH, HEIGHT, FOCAL = 1000, 800, 900.0


def somebody() -> np.ndarray:
    """(33, 3) metres from the hips, any way at all, hips level."""
    points = np.random.default_rng(3).normal(0, 0.3, (33, 3))
    points[23], points[24] = (0.1, 0.0, 0.0), (-0.1, 0.0, 0.0)
    return points


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.6, 0.0), (-1.2, 0.7)])
def test_a_person_at_the_edge_looks_as_in_the_middle(place: tuple[float, float]) -> None:
    """Turned about the camera until the hips are in the middle, at the same distance."""
    hips = np.array([*place, -4.0])
    straight = np.array([0.0, 0.0, -np.linalg.norm(hips)])
    camera = Camera(FOCAL, (WIDTH / 2, HEIGHT / 2), WIDTH, HEIGHT, np.eye(4))
    middle, _ = look_at_hips(camera.project(somebody() + straight)[None], FOCAL, (WIDTH, HEIGHT))
    # The same person at the edge: everything turned by what takes the straight way to the hips' way.
    _, turn = look_at_hips(np.tile(camera.project(hips[None]), (1, 33, 1)), FOCAL, (WIDTH, HEIGHT))
    assert turn[0] @ hips == pytest.approx(straight, abs=1e-9)
    edge, again = look_at_hips(camera.project((somebody() + straight) @ turn[0])[None], FOCAL, (WIDTH, HEIGHT))
    assert again[0] == pytest.approx(turn[0], abs=2e-3)
    assert edge == pytest.approx(middle, abs=2e-3)


def test_hips_are_the_origin_and_sizes_do_not_matter() -> None:
    tangents = from_hips(somebody()[None, None, :, :2])
    guess, visibility = from_hips(somebody()[None, None]), np.ones((1, 1, 33))
    assert tangents[0, 0, 23] == pytest.approx(-tangents[0, 0, 24])
    near, far = inputs(tangents, guess, visibility), inputs(0.5 * tangents, guess, visibility)
    assert near.shape == (1, 1, INPUTS)
    # Only the size that is told beside differs.
    assert np.flatnonzero(np.abs((near - far)[0, 0].numpy()) > 1e-6).tolist() == [INPUTS - 2]

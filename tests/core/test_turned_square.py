"""Squares that are turned to what they show."""

import numpy as np
import pytest

from core.turned_square import TurnedSquare


def test_a_square_holds_its_points_upright() -> None:
    rng = np.random.default_rng(0)
    for direction in ([0, -1], [1, 0], [0.6, 0.8], [-1, 0.2]):
        points = rng.uniform(100, 300, (20, 2))
        square = TurnedSquare.around(points, np.array(direction), 1.5)
        inverse = np.linalg.inv(np.vstack([square.to_image(90), [0, 0, 1]]))
        seen = points @ inverse[:2, :2].T + inverse[:2, 2]
        # A third of the side is margin, on both sides.
        assert seen.min() == pytest.approx(15, abs=1e-6)
        assert seen.max() == pytest.approx(75, abs=1e-6)
        assert (seen.min(axis=0) + seen.max(axis=0)) / 2 == pytest.approx([45, 45], abs=1e-6)
        up = np.array(direction) @ inverse[:2, :2].T
        assert up[0] == pytest.approx(0, abs=1e-9)
        assert up[1] < 0


def test_a_cut_shows_what_is_in_the_square() -> None:
    """A picture whose right half is red, looked at with the head to the right: red is above."""
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, 100:, 0] = 255
    cut = TurnedSquare(np.array([100.0, 50.0]), 60.0, np.pi / 2).cut(picture, 32)
    assert cut.shape == (32, 32, 3)
    assert (cut[:14, :, 0] == 255).all()
    assert (cut[18:] == 0).all()

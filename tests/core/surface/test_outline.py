"""The mesh ends where the mask does."""

import numpy as np
import pytest
import trimesh

from core.spaces import CROP_HALF
from core.surface.outline import fit_outline

SIZE = 256


def disc(centre: tuple[float, float], radius: float) -> np.ndarray:
    """A mask of the crop: a disc given in canonical units."""
    middles = (np.arange(SIZE) + 0.5) * (2 * CROP_HALF / SIZE) - CROP_HALF
    u, v = np.meshgrid(middles, -middles)
    away = np.hypot(u - centre[0], v - centre[1]) - radius
    return np.clip(0.5 - away / (2 * CROP_HALF / SIZE), 0, 1).astype(np.float32)


def ball(
    radius: float, centre: tuple[float, float, float] = (0.0, 0.0, 0.0), subdivisions: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    sphere = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return (np.asarray(sphere.vertices) + centre).astype(np.float32), np.asarray(sphere.faces, np.int32)


@pytest.mark.parametrize(("centre", "radius"), [((0.0, 0.0), 0.107), ((0.004, -0.003), 0.1), ((0.0, 0.0), 0.094)])
def test_the_outline_meets_the_edge_of_the_mask(centre: tuple[float, float], radius: float) -> None:
    vertices, faces = ball(0.1)
    moved = fit_outline(vertices, faces, disc(centre, radius))
    rim = np.abs(vertices[:, 2]) < 0.01
    reached = np.hypot(*(moved[rim, :2] - centre).T)
    assert reached.mean() == pytest.approx(radius, abs=0.0006)
    assert np.abs(reached - radius).max() < 0.002
    assert np.array_equal(moved[:, 2], vertices[:, 2])
    # Deep inside nothing moves.
    deep = np.hypot(*vertices[:, :2].T) < 0.05
    assert np.abs(moved[deep] - vertices[deep]).max() < 1e-6


def test_an_edge_far_away_is_not_the_balls() -> None:
    vertices, faces = ball(0.1)
    assert fit_outline(vertices, faces, disc((0.0, 0.0), 0.2)) == pytest.approx(vertices, abs=1e-6)
    assert fit_outline(vertices, faces, np.zeros((SIZE, SIZE), np.float32)) == pytest.approx(vertices, abs=1e-6)


def test_a_mesh_outside_the_picture_stays() -> None:
    vertices, faces = ball(0.1, (2.0, 0.0, 0.0))
    assert np.array_equal(fit_outline(vertices, faces, disc((0.0, 0.0), 0.1)), vertices)


def test_what_is_stiff_moves_as_a_whole() -> None:
    """It goes where the mask is, and does not become thin where the mask is thinner."""
    vertices, faces = ball(0.0125, subdivisions=3)
    stiff = np.ones(len(vertices), np.float32)
    soft, whole = (
        np.ptp(fit_outline(vertices, faces, disc((0.0, 0.0), 0.009), share)[:, 0]) for share in (None, stiff)
    )
    assert soft < 0.020 < 0.022 < whole
    soft, whole = (fit_outline(vertices, faces, disc((0.004, 0.0), 0.0125), share).mean() for share in (None, stiff))
    assert whole > 1.2 * soft > 0

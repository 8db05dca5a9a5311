"""A mesh is one closed surface that faces outwards."""

import numpy as np
import pytest

from core.errors import RestageError
from core.surface.grid import OccupancyGrid
from core.surface.mesh import extract_mesh

SIZE = 48


def grid_of(occupied: np.ndarray) -> OccupancyGrid:
    return OccupancyGrid(occupied.astype(np.float32), np.full(3, -0.5, np.float32), 1.0 / SIZE, occupied.size)


def ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    """Occupancy of a ball, canonical units, at the grid's nodes."""
    nodes = np.stack(np.indices((SIZE, SIZE, SIZE)), axis=-1) / SIZE - 0.5
    return np.clip(0.5 + (radius - np.linalg.norm(nodes - centre, axis=-1)) / 0.05, 0, 1)


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    corners = vertices.astype(float)[faces]
    return float(np.einsum("ti,ti->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


def assert_closed(faces: np.ndarray) -> None:
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    codes = np.sort(edges[:, 0] * (faces.max() + 1) + edges[:, 1])
    opposite = np.sort(edges[:, 1] * (faces.max() + 1) + edges[:, 0])
    assert np.array_equal(codes, opposite)
    assert len(np.unique(codes)) == len(codes)


def test_ball_is_closed_outward_and_as_large_as_it_should_be() -> None:
    vertices, faces = extract_mesh(grid_of(ball((0, 0, 0), 0.3)))
    assert_closed(faces)
    assert volume(vertices, faces) == pytest.approx(4 / 3 * np.pi * 0.3**3, rel=0.01)
    assert np.abs(np.linalg.norm(vertices, axis=1) - 0.3).max() < 0.5 / SIZE


def test_only_the_biggest_part_stays() -> None:
    vertices, _ = extract_mesh(grid_of(np.maximum(ball((-0.15, 0, 0), 0.2), ball((0.32, 0, 0), 0.08))))
    assert vertices[:, 0].max() < 0.1


def test_cavities_are_filled() -> None:
    hollow = ball((0, 0, 0), 0.35) - ball((0, 0, 0), 0.15)
    vertices, faces = extract_mesh(grid_of(hollow))
    assert_closed(faces)
    assert np.linalg.norm(vertices, axis=1).min() > 0.3


def test_a_body_cut_by_the_volume_is_closed_at_the_border() -> None:
    vertices, faces = extract_mesh(grid_of(ball((0, -0.45, 0), 0.3)))
    assert_closed(faces)
    assert volume(vertices, faces) > 0


def test_nothing_inside_is_named() -> None:
    with pytest.raises(RestageError) as caught:
        extract_mesh(grid_of(np.zeros((8, 8, 8))))
    assert caught.value.code == "surface_empty"

"""The published octree against its own description, cell by cell."""

import numpy as np
import pytest

from core.surface.mesh import extract_mesh
from core.surface.reference_grid import sample_reference


class Blob:
    """A soft ball, off centre, that reaches the volume's far end on one axis; counts its questions."""

    def __init__(self) -> None:
        self.asked: list[np.ndarray] = []

    def occupancy(self, points: np.ndarray) -> np.ndarray:
        self.asked.append(points)
        distance = np.linalg.norm((points - [0.32, 0.02, -0.05]) * [1.0, 0.8, 1.3], axis=1)
        return (1 / (1 + np.exp((distance - 0.2) * 60))).astype(np.float32)


def published(field: Blob, resolution: int, first: int) -> np.ndarray:
    """Node by node and cell by cell, as the description says it."""
    values = np.zeros((resolution,) * 3)
    dirty = np.ones(values.shape, bool)
    step = resolution // first
    while step >= 1:
        for i in range(0, resolution, step):
            for j in range(0, resolution, step):
                for k in range(0, resolution, step):
                    if dirty[i, j, k]:
                        point = (np.array([[i, j, k]]) + 0.5) / resolution - 0.5
                        values[i, j, k] = field.occupancy(point.astype(np.float32))[0]
        if step > 1:
            for i in range(0, resolution - step, step):
                for j in range(0, resolution - step, step):
                    for k in range(0, resolution - step, step):
                        if not dirty[i + step // 2, j + step // 2, k + step // 2]:
                            continue
                        corners = values[i : i + step + 1 : step, j : j + step + 1 : step, k : k + step + 1 : step]
                        if corners.max() - corners.min() < 0.05:
                            block = (slice(i, i + step), slice(j, j + step), slice(k, k + step))
                            values[block] = (corners.max() + corners.min()) / 2
                            dirty[block] = False
        step //= 2
    return values


def test_the_same_values_at_every_node() -> None:
    grid = sample_reference(Blob(), 32, 8)
    assert np.array_equal(grid.values, published(Blob(), 32, 8).astype(np.float32))


def test_the_far_faces_are_asked_for_always() -> None:
    field = Blob()
    grid = sample_reference(field, 32, 8)
    asked = np.concatenate(field.asked)
    assert len(asked) == grid.queries == len(np.unique(asked, axis=0))
    # The last two nodes of each axis.
    for axis in range(3):
        assert (asked[:, axis] > 0.5 - 2 / 32).sum() >= 30 * 30


def test_the_mesh_is_half_a_voxel_off() -> None:
    class Ball:
        def occupancy(self, points: np.ndarray) -> np.ndarray:
            return np.clip(0.5 + (0.2 - np.linalg.norm(points, axis=1)) * 8, 0, 1).astype(np.float32)

    vertices, _ = extract_mesh(sample_reference(Ball(), 64, 16), whole=True)
    centre = (vertices.max(axis=0) + vertices.min(axis=0)) / 2
    assert centre == pytest.approx(np.full(3, -0.5 / 64), abs=1e-4)

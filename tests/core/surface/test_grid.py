"""Coarse-to-fine sampling finds what a dense grid finds, and asks far less."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.surface.grid import LEVEL, sample_field

RESOLUTION = 96
# Where the two rods stand.
PLACES = (-0.153, 0.171)


class Sphere:
    """A ball of radius 0.3."""

    lower, upper = np.full(3, -0.32, np.float32), np.full(3, 0.32, np.float32)
    anchors = np.zeros((1, 3), np.float32)

    def occupancy(self, points: np.ndarray) -> np.ndarray:
        return np.clip(0.5 + (0.3 - np.linalg.norm(points, axis=1)) / 0.03, 0, 1).astype(np.float32)


class Rods:
    """Two upright rods, thinner than a coarse cell."""

    lower, upper = np.full(3, -0.4, np.float32), np.full(3, 0.4, np.float32)

    def __init__(self) -> None:
        heights = np.linspace(-0.3, 0.3, 80)
        self.anchors = np.array([[x, y, 0.013] for x in PLACES for y in heights], np.float32)

    def occupancy(self, points: np.ndarray) -> np.ndarray:
        level = np.maximum(np.abs(points[:, 1]) - 0.3, 0.0)
        away = [np.linalg.norm(np.stack([points[:, 0] - x, level, points[:, 2] - 0.013]), axis=0) for x in PLACES]
        return np.clip(0.5 + (0.012 - np.minimum(*away)) / 0.03, 0, 1).astype(np.float32)


class BodyCloud:
    """Everything within 2 % of the person's height of a standing body's vertices."""

    def __init__(self) -> None:
        from scipy.spatial import KDTree

        model = BodyModel.load()
        vertices = model.mean_vertices[model.exterior]
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        self.anchors = ((vertices - middle) * 0.8 / np.ptp(vertices[:, 1])).astype(np.float32)
        self.lower, self.upper = (
            self.anchors.min(axis=0) - np.float32(0.03),
            self.anchors.max(axis=0) + np.float32(0.03),
        )
        self._tree = KDTree(self.anchors)

    def occupancy(self, points: np.ndarray) -> np.ndarray:
        return np.clip(0.5 + (0.016 - self._tree.query(points)[0]) / 0.03, 0, 1).astype(np.float32)


@pytest.mark.parametrize("field", [Sphere(), Rods(), BodyCloud()], ids=["sphere", "rods", "body"])
def test_every_node_lies_on_the_side_the_field_says(field: Sphere | Rods | BodyCloud) -> None:
    grid = sample_field(field, RESOLUTION)
    nodes = grid.origin + np.stack(np.indices(grid.values.shape), axis=-1).reshape(-1, 3) * np.float32(grid.spacing)
    dense = field.occupancy(nodes.astype(np.float32)).reshape(grid.values.shape)
    inside = dense > LEVEL
    assert inside.any()
    assert np.array_equal(grid.values > LEVEL, inside)
    # Where marching cubes interpolates, between two nodes of different sides, the values are the field's own.
    for axis in range(3):
        sides, exact, found = (np.moveaxis(values, axis, 0) for values in (inside, dense, grid.values))
        crossing = sides[1:] != sides[:-1]
        assert np.allclose(found[1:][crossing], exact[1:][crossing], atol=1e-3)
        assert np.allclose(found[:-1][crossing], exact[:-1][crossing], atol=1e-3)


def test_few_nodes_are_asked_for() -> None:
    grid = sample_field(Sphere(), 128)
    assert grid.queries < 0.2 * grid.values.size

"""Coarse-to-fine sampling finds what a dense grid finds, and asks far less."""

import numpy as np
import pytest
from scipy.ndimage import label

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


class TrainedLike:
    """A person whose occupancy is as a network's: steep in places and shallow in others, uneven between, with
    saturated values, and fingers two cells thick that reach away from the body; counts what it is asked."""

    def __init__(self, shallow: bool) -> None:
        self._shallow = shallow
        self.anchors = np.array([[0.0, y, 0.0] for y in np.linspace(-0.4, 0.4, 40)], np.float32)
        self.lower, self.upper = np.float32([-0.45, -0.48, -0.2]), np.float32([0.45, 0.48, 0.2])
        self.asked = 0

    def occupancy(self, points: np.ndarray) -> np.ndarray:
        self.asked += len(points)
        x, y, z = points.T.astype(np.float64)
        torso = np.sqrt((x / 0.13) ** 2 + (z / 0.09) ** 2 + (np.maximum(np.abs(y) - 0.25, 0) / 0.12) ** 2) - 1
        arm = np.sqrt(((y - 0.15) / 0.03) ** 2 + (z / 0.03) ** 2 + (np.maximum(np.abs(x) - 0.3, 0) / 0.03) ** 2) - 1
        fingers = np.min(
            [
                np.sqrt((y - at) ** 2 + z**2 + np.maximum(np.abs(x - 0.36) - 0.06, 0) ** 2) / 0.0045 - 1
                for at in (0.135, 0.15, 0.165)
            ],
            axis=0,
        )
        distance = np.minimum(np.minimum(torso, arm), fingers * 0.1)
        if self._shallow:
            uneven = np.sin(90 * x) * np.sin(110 * y + 1) * np.sin(80 * z + 2)
            distance = distance + 0.1 * uneven
            steepness = 4 + 60 * (0.5 + 0.5 * np.sin(9 * y))
        else:
            steepness = 200.0
        return (1 / (1 + np.exp(np.clip(distance * steepness, -50, 50)))).astype(np.float32)


@pytest.mark.parametrize(
    ("resolution", "shallow"),
    [(128, False), (128, True), pytest.param(256, False, marks=pytest.mark.slow), (256, True)],
)
def test_surface_is_the_dense_grids_for_few_questions(resolution: int, shallow: bool) -> None:
    field = TrainedLike(shallow)
    grid = sample_field(field, resolution, resolution // 32)
    asked = field.asked
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.values.shape), indexing="ij"), axis=-1)
    dense = np.empty_like(grid.values)
    for plane, nodes in zip(dense, index, strict=True):
        points = (grid.origin + nodes.reshape(-1, 3) * grid.spacing).astype(np.float32)
        plane[...] = field.occupancy(points).reshape(plane.shape)
    # The person; unevenness makes a few specks beside the fingers, of which no promise is made.
    parts, _ = label(dense > 0.5)
    person = parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])
    specks = (dense > 0.5) & ~person
    assert specks.sum() < 20
    assert np.array_equal(person, (grid.values > 0.5) & ~specks)
    # Values at both ends of every edge that the surface crosses, which is all that marching cubes reads of them.
    near = np.zeros(dense.shape, bool)
    for axis in range(3):
        inside, mark = np.moveaxis(person, axis, 0), np.moveaxis(near, axis, 0)
        crossed = inside[1:] != inside[:-1]
        mark[1:] |= crossed
        mark[:-1] |= crossed
    assert near.sum() > 5_000
    assert np.array_equal(dense[near], grid.values[near])
    assert grid.queries == asked
    if resolution == 256:
        assert asked < 0.02 * 256**3

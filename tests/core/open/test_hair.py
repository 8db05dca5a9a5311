"""Hair is even: what a network sees around a head as plates and flaps does not become part of it."""

import numpy as np
import pytest
import torch

from core.body.model import BodyModel
from core.open.body_maps import BodyShape
from core.open.field import OpenField
from core.open.hair import hair_share, hair_thickness, put_on_hair
from core.open.kept import face
from core.open.network import CENTIMETRE, PICTURE, OpenNet
from core.open.reach import reach
from core.surface.sampling import crop_pixels

LEFT_EAR = 7


@pytest.fixture(scope="module")
def shape() -> BodyShape:
    rest = BodyModel.load().mean_vertices
    return BodyShape.posed(((rest - rest.mean(axis=0)) * (0.8 / np.ptp(rest[:, 1]))).astype(np.float32))


class Seen:
    """What a network sees: hair of one thickness, centimetres, and a plate that stands off beside the left ear."""

    def __init__(self, shape: BodyShape, thickness: float, plate: float = 0.0) -> None:
        self._shape, self._thickness = shape, thickness
        self._middle, self._size = shape.vertices[at_ear()].mean(axis=0), plate * CENTIMETRE

    def occupancy(self, points: np.ndarray) -> np.ndarray:
        hair = self._shape.points(points)[:, 0] < self._thickness * CENTIMETRE
        plate = (np.abs(points - self._middle) < [self._size, self._size, 0.3 * self._size]).all(axis=1)
        return (hair | plate).astype(np.float32)


def at_ear() -> np.ndarray:
    """(V,) the outer part of the left ear."""
    model = BodyModel.load()
    near = np.linalg.norm(model.mean_vertices - model.landmark_mean[LEFT_EAR], axis=1) < 0.03
    return near & (model.mean_vertices[:, 0] > 0.085)


def crown() -> np.ndarray:
    """(V,) the upper part of the head."""
    height = BodyModel.load().mean_vertices[:, 1]
    return BodyModel.load().exterior & (height > height.max() - 0.05)


def test_a_plate_beside_an_ear_is_no_hair(shape: BodyShape) -> None:
    without, found = (hair_thickness(Seen(shape, 1.5, plate), shape) / CENTIMETRE for plate in (0.0, 3.0))
    assert np.median(found[crown()]) == pytest.approx(1.5, abs=0.4)
    assert np.abs(found - without).max() < 0.4


def test_faces_and_bare_ears_wear_none_and_long_hair_covers_ears(shape: BodyShape) -> None:
    short, long = (hair_thickness(Seen(shape, thickness), shape) / CENTIMETRE for thickness in (1.0, 5.0))
    for found in (short, long):
        assert found[face() > 0.9].max() < 0.1
    assert short[at_ear()].max() < 0.3
    assert long[at_ear()].mean() > 1.0
    assert np.median(long[crown()]) > 3.5


def test_only_heads_and_necks_have_hair() -> None:
    share, model = hair_share(), BodyModel.load()
    assert share[model.of_parts("hand", "forearm", "thigh", "shin", "foot")].max() == 0.0
    assert share[crown()].min() > 0.5


def test_hair_that_hangs_beside_a_neck_stays(shape: BodyShape) -> None:
    """A network that sees all filled up to two centimetres from the body, and a mask with a strand on one side."""
    torch.manual_seed(0)
    network = OpenNet().eval()
    torch.nn.init.constant_(network.last.bias, 2.0)
    ear = shape.vertices[at_ear()].mean(axis=0)
    # In the picture: beside the neck, and as far beside the head.
    beside = ear + np.array([[4.0, -12.0, 0.0], [5.0, 10.0, 0.0]]) * CENTIMETRE
    mask = shape.layers(PICTURE)[0].seen.astype(np.float32)
    for row, column in zip(*crop_pixels(beside.astype(np.float32), PICTURE), strict=True):
        mask[row - 8 : row + 9, column - 8 : column + 9] = 1.0
    picture, bare = np.full((PICTURE, PICTURE, 3), 128, np.uint8), np.zeros(len(shape.vertices), np.float32)
    field = OpenField(network, picture, mask, shape, reach(shape, mask, bare))
    points = np.concatenate([beside + np.array([0, 0, z * CENTIMETRE]) for z in (-1.0, 0.0, 1.0)]).astype(np.float32)
    before = field.occupancy(points).reshape(3, 2)
    put_on_hair(field, shape)
    after = field.occupancy(points).reshape(3, 2)
    np.testing.assert_allclose(after[:, 0], before[:, 0], atol=1e-3)
    assert (after[:, 1] < 0.9 * before[:, 1]).all()

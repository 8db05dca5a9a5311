"""A picture becomes a surface: with a network that has learnt nothing, the body with the picture's colours behind."""

import numpy as np
import pytest
import torch

from core.body.model import BodyModel
from core.open.body_maps import BodyShape
from core.open.network import PICTURE, OpenNet
from core.open.surface import OpenSurface, open_surface
from core.render import MeshCaster, layers, vertex_normals


@pytest.fixture(scope="module")
def standing() -> np.ndarray:
    """The mean body, as high as a crop shows it."""
    rest = BodyModel.load().mean_vertices
    return ((rest - rest.mean(axis=0)) * (0.8 / np.ptp(rest[:, 1]))).astype(np.float32)


def test_the_body_comes_back(standing: np.ndarray) -> None:
    torch.manual_seed(0)
    faces = BodyModel.load().triangles
    caster = MeshCaster(standing, faces)
    mask = layers(caster, vertex_normals(standing, faces), PICTURE)[0].seen.astype(np.float32)
    picture = np.zeros((PICTURE, PICTURE, 3), np.uint8)
    picture[..., 0], picture[..., 2] = 200, np.linspace(0, 255, PICTURE, dtype=np.uint8)
    surface = open_surface(OpenNet().eval(), picture, mask, standing, np.zeros(len(standing), np.float32), 128)
    # Half a cell of 1/128.
    assert np.abs(BodyShape.posed(standing).points(surface.vertices)[:, 0]).mean() < 1 / 256
    facing = vertex_normals(surface.vertices, surface.faces)[:, 2]
    assert surface.turned[facing > 0.05].max() < 0.2
    assert surface.turned[facing < -0.4].min() == 1.0
    # The untrained network expects behind what it sees in front.
    assert surface.behind[:, 0].mean() == pytest.approx(200, abs=6)
    left, right = (surface.behind[sign * surface.vertices[:, 0] > 0.05, 2].mean() for sign in (-1, 1))
    assert left < right


def test_imagined_colours_are_joined_to_remembered_ones() -> None:
    """A white back whose upper half another frame shows: below, the network's grey begins white and turns grey."""
    height = np.linspace(0, 0.4, 401, dtype=np.float32)
    vertices = np.stack([np.zeros(401), height, np.zeros(401)], axis=1).astype(np.float32)
    behind = np.full((401, 3), 150, np.float32)
    surface = OpenSurface(vertices, np.zeros((0, 3), np.int32), behind, np.ones(401, np.float32))
    remembered = np.full((401, 4), 250, np.float32)
    remembered[:, 3] = height > 0.2
    shown = surface.hidden(remembered)[:, 0]
    assert (np.abs(np.diff(shown)) < 5).all()
    assert (shown[height > 0.2] == 250).all()
    assert shown[0] < 160
    # What is remembered nowhere stays as the network has it.
    remembered[:, 3] = 0
    assert (surface.hidden(remembered) == behind).all()

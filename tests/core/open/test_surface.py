"""A picture becomes a surface: with a network that has learnt nothing, the body."""

import numpy as np
import pytest
import torch

from core.body.model import BodyModel
from core.open.body_maps import BodyShape
from core.open.network import PICTURE, OpenNet
from core.open.surface import open_surface
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
    vertices, _ = open_surface(OpenNet().eval(), picture, mask, standing, np.zeros(len(standing), np.float32), 128)
    # Half a cell of 1/128.
    assert np.abs(BodyShape.posed(standing).points(vertices)[:, 0]).mean() < 1 / 256

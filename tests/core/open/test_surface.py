"""A picture becomes a surface: with a network that has learnt nothing, the body."""

import numpy as np
import pytest
import torch
import trimesh

from core.body.model import BodyModel
from core.open.body_maps import BodyShape
from core.open.network import CENTIMETRE, PICTURE, OpenNet
from core.open.surface import open_surface
from core.render import MeshCaster, layers, vertex_normals
from core.spaces import CROP_HALF, Camera, CanonicalView, Crop
from core.surface.body_field import BodyField
from core.surface.grid import sample_field
from core.surface.mesh import extract_mesh


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


def test_bare_arms_get_no_sleeves(standing: np.ndarray) -> None:
    """A network that sees clothes two centimetres thick everywhere."""
    torch.manual_seed(0)
    network, model = OpenNet().eval(), BodyModel.load()
    torch.nn.init.constant_(network.last.bias, 2.0)
    faces, shape = model.triangles, BodyShape.posed(standing)
    mask = layers(MeshCaster(standing, faces), vertex_normals(standing, faces), PICTURE)[0].seen.astype(np.float32)
    picture, thickness = np.full((PICTURE, PICTURE, 3), 128, np.uint8), np.zeros(len(standing), np.float32)
    thick = {}
    for bare in (0.0, 1.0):
        worn = np.full(len(standing), bare, np.float32)
        vertices, surface = open_surface(network, picture, mask, standing, thickness, 128, bare=worn)
        in_depth = np.abs(vertex_normals(vertices, surface)[:, 2]) > 0.7
        for part in ("forearm", "thigh"):
            there = in_depth & (shape.values_at(vertices, model.of_parts(part).astype(np.float32)) > 0.9)
            thick[part, bare] = np.median(shape.points(vertices[there])[:, 0]) / CENTIMETRE
    assert thick["forearm", 0.0] > 1.5
    assert thick["forearm", 1.0] < 1.0
    assert thick["thigh", 1.0] > 1.5


@pytest.mark.parametrize("method", ["open", "body"])
def test_legs_beyond_the_crop_are_the_bodys(standing: np.ndarray, method: str) -> None:
    """The crop ends above the knees; the surface goes on to the soles, and is closed."""
    low = standing - np.array([0.0, 0.5, 0.0], np.float32)
    faces = BodyModel.load().triangles
    mask = layers(MeshCaster(low, faces), vertex_normals(low, faces), PICTURE)[0].seen.astype(np.float32)
    thickness = np.zeros(len(low), np.float32)
    if method == "open":
        torch.manual_seed(0)
        picture = np.full((PICTURE, PICTURE, 3), 128, np.uint8)
        vertices, surface = open_surface(OpenNet().eval(), picture, mask, low, thickness, 128)
    else:
        pose = np.eye(4)
        pose[2, 3] = 4.0
        view = CanonicalView(Camera(500.0, (256.0, 256.0), 512, 512, pose), Crop((256.0, 256.0), 512.0), 4.0)
        vertices, surface = extract_mesh(sample_field(BodyField(low, view, mask, thickness), 128))
    assert trimesh.Trimesh(vertices, surface, process=False).is_watertight
    away = BodyShape.posed(low).points(vertices)[:, 0]
    beyond = vertices[:, 1] < -CROP_HALF - 0.02
    assert np.abs(away[beyond]).mean() < 1 / 256
    assert vertices[:, 1].min() == pytest.approx(low[:, 1].min(), abs=0.01)
    # Both legs, which are apart there.
    assert (vertices[beyond, 0] > 0.02).mean() > 0.4 < (vertices[beyond, 0] < -0.02).mean()

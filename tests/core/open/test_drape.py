"""A body in close clothes before the camera: its back becomes smoother, and nothing else changes."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.body.plain import smoother
from core.open.body_maps import BodyShape
from core.open.drape import drape
from core.render import vertex_normals
from core.surface.silhouette import inflate

BODY = BodyModel.load()
# The body model is 1.7 m high; in the canonical volume people are about 0.8.
SCALE = 0.47
CLOTH = 0.01


@pytest.fixture(scope="module")
def dressed() -> tuple[np.ndarray, BodyShape]:
    body = (BODY.mean_vertices - BODY.mean_vertices.mean(axis=0)) * SCALE
    cloth = inflate(body.astype(np.float32), np.full(len(body), CLOTH * SCALE, np.float32))
    return cloth, BodyShape.posed(body.astype(np.float32))


def way(dressed: tuple[np.ndarray, BodyShape]) -> np.ndarray:
    """(V, 3) how the surface moves, millimetres."""
    cloth, shape = dressed
    return (drape(cloth, BODY.triangles.astype(np.int32), shape) - cloth) / SCALE * 1000


def test_what_the_camera_sees_stays(dressed: tuple[np.ndarray, BodyShape]) -> None:
    moved, normals = way(dressed), vertex_normals(dressed[0], BODY.triangles)
    assert (moved[:, :2] == 0).all()
    assert (moved[normals[:, 2] > 0] == 0).all()
    assert np.abs(moved[BODY.of_parts("head", "hand", "foot", "forearm")]).max() < 0.01


def test_the_back_loses_its_hollows(dressed: tuple[np.ndarray, BodyShape]) -> None:
    cloth, moved = dressed[0], way(dressed)
    smooth = smoother(BODY.mean_vertices.astype(float), BODY.triangles, 0.25)
    back = BODY.of_parts("torso") & BODY.exterior & (vertex_normals(cloth, BODY.triangles)[:, 2] < -0.7)
    before, after = cloth[:, 2] / SCALE * 1000, cloth[:, 2] / SCALE * 1000 + moved[:, 2]
    roughness = [np.abs(smooth(z.astype(float)) - z)[back].mean() for z in (before, after)]
    assert roughness[0] > 2.0
    assert roughness[1] < 0.7 * roughness[0]
    assert 2.0 < np.abs(moved[back, 2]).max() < 30.0


def test_an_arm_behind_the_back_is_not_the_back(dressed: tuple[np.ndarray, BodyShape]) -> None:
    """Its surface hides the trunk's from behind; the trunk is not drawn to it."""
    cloth, shape = dressed
    behind = cloth.copy()
    plate = np.array([[-0.05, 0, -0.2], [0.05, 0, -0.2], [0.05, 0.2, -0.2], [-0.05, 0.2, -0.2]], np.float32)
    corners = np.array([[0, 2, 1], [0, 3, 2]]) + len(cloth)
    faces = np.concatenate([BODY.triangles, corners]).astype(np.int32)
    moved = drape(np.concatenate([behind, plate]), faces, shape)[: len(cloth)]
    assert np.abs(moved - cloth).max() / SCALE < 0.03

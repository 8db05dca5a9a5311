"""The body's mesh lands on a surface whose topology it does not share."""

import igl
import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.registration import FrameSurface, register, visibility
from core.render import vertex_normals
from tests.core.posed_person import camera, pose

MODEL = BodyModel.load()
STANDING = {"upperarm01.L": (10.0, 0.0, -20.0), "upperarm01.R": (10.0, 0.0, -20.0)}


def dressed(vertices: np.ndarray, thickness: float) -> tuple[np.ndarray, np.ndarray]:
    """The outside of the body with so much cloth on trunk, arms and legs, in a topology of its own."""
    clothed = np.isin(MODEL.parts, [MODEL.part_names.index(p) for p in ("torso", "upper_arm", "thigh", "shin")])
    shell = vertices + thickness * clothed[:, None] * vertex_normals(vertices, MODEL.triangles)
    keep = MODEL.exterior[MODEL.triangles].all(axis=1)
    # Every triangle becomes four.
    first, second, third = (shell[MODEL.triangles[keep]][:, corner] for corner in range(3))
    ab, bc, ca = (first + second) / 2, (second + third) / 2, (third + first) / 2
    corners = np.concatenate([(first, ab, ca), (ab, second, bc), (ca, bc, third), (ab, bc, ca)], axis=1)
    points, index = np.unique(corners.transpose(1, 0, 2).reshape(-1, 3), axis=0, return_inverse=True)
    return points.astype(np.float32), index.reshape(-1, 3).astype(np.int32)


def distance(vertices: np.ndarray, points: np.ndarray, faces: np.ndarray, part: str) -> float:
    """Mean of a part's vertices from the surface, metres."""
    chosen = MODEL.exterior & (MODEL.parts == MODEL.part_names.index(part))
    squared = igl.point_mesh_squared_distance(vertices[chosen].astype(float), points.astype(float), faces)[0]
    return float(np.sqrt(squared).mean())


@pytest.mark.parametrize("part", ["torso", "thigh", "shin"])
def test_cloth_is_found_where_the_body_is_off(part: str) -> None:
    person = pose(STANDING)
    points, faces = dressed(person.vertices, 0.02)
    start = person.vertices + np.array([0.02, 0.0, 0.015], np.float32)
    found = register(start.astype(np.float32), MODEL.mean_vertices, FrameSurface(points, faces), camera())
    assert distance(start, points, faces, part) > 0.01
    assert distance(found.vertices, points, faces, part) < 0.003
    assert found.sure[MODEL.exterior & (MODEL.parts == MODEL.part_names.index(part))].mean() > 0.7


def test_hands_keep_their_form_and_go_with_the_arm() -> None:
    person = pose(STANDING)
    points, faces = dressed(person.vertices, 0.02)
    shift = np.array([0.02, 0.0, 0.0], np.float32)
    found = register(person.vertices + shift, MODEL.mean_vertices, FrameSurface(points, faces), camera())
    hand = np.flatnonzero((MODEL.parts == MODEL.part_names.index("hand")) & (MODEL.mean_vertices[:, 0] > 0))
    moved = found.vertices[hand] - person.vertices[hand]
    assert np.linalg.norm(moved.mean(axis=0)) < 0.008
    assert np.linalg.norm(moved - moved.mean(axis=0), axis=1).max() < 0.008


def test_the_camera_sees_the_chest_and_not_the_back() -> None:
    seen = visibility(pose(STANDING).vertices.astype(np.float32), camera())
    normals = vertex_normals(MODEL.mean_vertices, MODEL.triangles)
    torso = (MODEL.parts == MODEL.part_names.index("torso")) & MODEL.exterior
    assert seen[torso & (normals[:, 2] > 0.8)].mean() > 0.9
    assert seen[torso & (normals[:, 2] < -0.6)].max() == 0.0

"""A coarse mesh's face becomes the body's."""

import numpy as np
import pytest
import trimesh

from core.body.model import BodyModel
from core.evaluation.shape import Surface
from core.face.body_face import BodyFace
from core.open.body_maps import BodyShape
from core.open.fine import fine_face, fine_hands
from core.open.places import solid_triangles
from core.render import vertex_normals
from core.surface.grid import OccupancyGrid
from core.surface.mesh import extract_mesh
from core.surface.smoothing import neighbour_mean

BODY = BodyModel.load()
SPACING = 0.008


@pytest.fixture(scope="module")
def coarse() -> tuple[np.ndarray, np.ndarray, BodyShape]:
    """The head on a grid of 8 mm, as the network's surface has it, and the body itself."""
    return _coarse(BODY.mean_vertices[BODY.of_parts("head")])


def _coarse(part: np.ndarray) -> tuple[np.ndarray, np.ndarray, BodyShape]:
    low, high = part.min(axis=0) - 0.03, part.max(axis=0) + 0.03
    axes = [np.arange(start, end, SPACING, dtype=np.float32) for start, end in zip(low, high, strict=True)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    body = BodyShape.posed(BODY.mean_vertices)
    distance = body.points(nodes.reshape(-1, 3))[:, 0].reshape(nodes.shape[:3])
    values = np.clip(0.5 - distance / (2 * SPACING), 0.0, 1.0).astype(np.float32)
    vertices, faces = extract_mesh(OccupancyGrid(values, low.astype(np.float32), SPACING, 0))
    return vertices, faces, body


def test_eyes_and_lips_are_the_bodys(coarse: tuple[np.ndarray, np.ndarray, BodyShape]) -> None:
    vertices, faces, body = coarse
    fine, fine_faces = fine_face(vertices, faces, body)
    assert trimesh.Trimesh(fine, fine_faces, process=False).is_watertight
    head = BODY.triangles[(BODY.of_parts("head") & BODY.exterior)[BODY.triangles].all(axis=1)]
    truth = Surface.of(body.vertices, head, 20_000)
    marks = BodyFace.load().on(BODY.mean_vertices)[[4, 13, 14, 61, 291, 159, 386, 17]]
    near = np.linalg.norm(truth.points[:, None] - marks, axis=2).min(axis=1) < 0.015
    errors = []
    for made in ((vertices, faces), (fine, fine_faces)):
        surface = Surface.of(*made, 20_000)
        away, face, _ = surface.closest(truth.points[near])
        normals = trimesh.Trimesh(*made, process=False).face_normals[face]
        angles = np.degrees(np.arccos(np.clip((normals * truth.normals[near]).sum(axis=1), -1, 1)))
        errors.append((away.mean(), angles.mean()))
    (coarse_away, coarse_angle), (fine_away, fine_angle) = errors
    assert fine_away < 0.7 * coarse_away
    assert fine_angle < 0.8 * coarse_angle


def test_the_rest_stays(coarse: tuple[np.ndarray, np.ndarray, BodyShape]) -> None:
    vertices, faces, body = coarse
    fine, _ = fine_face(vertices, faces, body)
    back = vertices[:, 2] < BODY.landmark_mean[7, 2] - 0.02
    assert back.sum() > 500
    np.testing.assert_allclose(fine[: len(vertices)][back], vertices[back], atol=1e-4)
    assert len(solid_triangles()) < len(BODY.triangles)


def test_hair_before_the_face_is_not_pressed_onto_it(coarse: tuple[np.ndarray, np.ndarray, BodyShape]) -> None:
    """A surface that is 3 cm before the body's is something else."""
    vertices, faces, body = coarse
    before = vertices + np.array([0, 0, 0.05], np.float32)
    fine, _ = fine_face(before, faces, body)
    front = vertices[:, 2] > BODY.landmark_mean[0, 2] - 0.01
    assert front.sum() > 20
    assert np.abs(fine[: len(vertices)][front] - before[front]).max() < 0.01


def folded(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(N, 3) middles of the triangles that face against the surface around them."""
    made, mean = trimesh.Trimesh(vertices, faces, process=False), neighbour_mean(faces, len(vertices))
    around = vertex_normals(vertices, faces)
    for _ in range(4):
        around = mean @ around
    against = (made.face_normals * around[faces].mean(axis=1)).sum(axis=1) < 0
    return made.triangles_center[against]


@pytest.mark.parametrize("beside", [(0.012, 0.008), (-0.01, -0.012), (0.0, 0.015)])
def test_a_nose_that_is_beside_the_bodys_is_not_torn(
    coarse: tuple[np.ndarray, np.ndarray, BodyShape], beside: tuple[float, float]
) -> None:
    vertices, faces, body = coarse
    fine, fine_faces = fine_face(vertices + np.array([*beside, 0], np.float32), faces, body)
    nose = BODY.landmark_mean[0]
    assert (np.linalg.norm(folded(fine, fine_faces) - nose, axis=1) < 0.03).sum() <= 6


def test_fingers_are_the_bodys() -> None:
    left = BODY.of_parts("hand") & (BODY.mean_vertices[:, 0] > 0)
    vertices, faces, body = _coarse(BODY.mean_vertices[left])
    fine, fine_faces = fine_hands(vertices, faces, body)
    truth = Surface.of(body.vertices, BODY.triangles[left[BODY.triangles].all(axis=1)], 20_000)
    fingers = truth.points[:, 1] < np.quantile(truth.points[:, 1], 0.4)
    coarse, finer = (
        Surface.of(*made, 20_000).closest(truth.points[fingers])[0] for made in ((vertices, faces), (fine, fine_faces))
    )
    assert finer.mean() < 0.5 * coarse.mean()
    assert np.quantile(finer, 0.99) < np.quantile(coarse, 0.99)


def test_only_hands_are_finer_for_hands(coarse: tuple[np.ndarray, np.ndarray, BodyShape]) -> None:
    vertices, faces, body = coarse
    same, same_faces = fine_hands(vertices, faces, body)
    assert same is vertices and same_faces is faces

"""The body model: what ships is a closed, symmetric person that skinning moves as anatomy says."""

import numpy as np
import pytest

from core.body.articulation import Articulation
from core.body.model import BodyModel
from tests.core.posed_person import pose

PLACES = [(15, "wrist.L"), (16, "wrist.R"), (25, "lowerleg01.L"), (13, "lowerarm01.L")]


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return BodyModel.load()


def rest(model: BodyModel, shape: np.ndarray | None = None, scale: float = 1.0) -> np.ndarray:
    coefficients = np.zeros(model.shape_count, np.float32) if shape is None else shape
    still = np.zeros((len(model.bone_names), 3), np.float32)
    return model.vertices(coefficients, scale, still, scale * model.rest_heads(coefficients, 1.0)[0])


def test_rest_pose_is_the_mean_body_facing_the_camera(model: BodyModel) -> None:
    assert np.abs(rest(model) - model.mean_vertices).max() < 1e-4
    assert 1.5 < np.ptp(model.mean_vertices[:, 1]) < 1.9
    nose, left_ear, right_ear, left_toe, left_heel = model.landmark_mean[[0, 7, 8, 31, 29]]
    assert left_ear[0] > 0 > right_ear[0]
    assert nose[2] > left_ear[2]
    assert left_toe[2] > left_heel[2]


def test_scale_enlarges_evenly_and_shape_changes_the_body(model: BodyModel) -> None:
    assert np.allclose(rest(model, scale=1.1), 1.1 * rest(model), atol=1e-3)
    first = np.zeros(model.shape_count, np.float32)
    first[0] = 1.0
    assert np.abs(rest(model, first) - rest(model)).max() > 0.005


def test_body_is_mirror_symmetric(model: BodyModel) -> None:
    mirrored = model.mean_vertices[model.mirror] * [-1.0, 1.0, 1.0]
    assert np.linalg.norm(mirrored - model.mean_vertices, axis=1).max() < 0.005


def test_triangles_face_outwards_and_meet_pairwise(model: BodyModel) -> None:
    corners = model.mean_vertices.astype(float)[model.triangles]
    volume = np.einsum("ti,ti->t", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert 0.04 < volume < 0.12  # cubic metres: a person of 40 to 120 kg
    edges = np.concatenate([model.triangles[:, [0, 1]], model.triangles[:, [1, 2]], model.triangles[:, [2, 0]]])
    codes = edges[:, 0].astype(np.int64) * len(model.mean_vertices) + edges[:, 1]
    assert len(np.unique(codes)) == len(codes), "two triangles run along an edge in the same direction"


def test_weights_are_shares(model: BodyModel) -> None:
    assert np.allclose(model.weights.sum(axis=1), 1.0, atol=1e-5)
    dense = model.bone_weights(np.arange(len(model.mean_vertices)))
    assert np.allclose(Articulation.of(model).joint_weights(dense).sum(axis=1), 1.0, atol=1e-5)


def test_bent_elbow_moves_forearm_and_hand_alone(model: BodyModel) -> None:
    still, bent = pose({}).vertices, pose({"lowerarm01.L": (60, 0, 0)}).vertices
    moved = np.linalg.norm(bent - still, axis=1)
    names = np.array(model.part_names)[model.parts]
    left = model.mean_vertices[:, 0] > 0
    assert moved[(names == "hand") & left].min() > 0.1
    assert moved[~left].max() < 1e-5
    assert moved[np.isin(names, ["head", "neck", "thigh", "shin", "foot"])].max() < 1e-5
    assert np.median(moved[(names == "torso")]) < 1e-5


@pytest.mark.parametrize(
    ("landmark", "bone"), [(15, "wrist.L"), (16, "wrist.R"), (25, "lowerleg01.L"), (13, "lowerarm01.L")]
)
def test_landmarks_stay_at_their_joints(model: BodyModel, landmark: int, bone: str) -> None:
    person = pose({"lowerarm01.L": (50, 0, 0), "upperarm01.R": (40, 0, 30), "upperleg01.L": (50, 0, 10)})
    assert np.linalg.norm(person.landmarks[landmark] - person.joints[model.bone(bone)]) < 0.05
    near = np.linalg.norm(person.vertices - person.landmarks[landmark], axis=1).min()
    assert near < 0.08

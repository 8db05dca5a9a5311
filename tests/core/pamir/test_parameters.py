"""Bodies as numbers, keypoints and PaMIR's camera."""

import json
import pickle  # noqa: TID251 - writes what PaMIR writes
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from core.errors import RestageError
from core.pamir.keypoints import Keypoints
from core.pamir.parameters import BodyParameters, read_parameters
from core.pamir.projection import from_spaces, project, to_spaces
from core.spaces import Camera, CanonicalView, Crop


def values() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "betas": rng.normal(size=10),
        "body_pose": rng.normal(0, 0.6, 72),
        "body_scale": np.array([0.45, -0.45, -0.45]),
        "global_body_translation": np.array([0.01, -0.02, 0.03]),
    }


@pytest.mark.parametrize("ending", [".npz", ".json", ".pkl"])
@pytest.mark.parametrize("scale", ["camera's", "scan's"])
def test_files_of_both_scales(tmp_path: Path, ending: str, scale: str) -> None:
    content = values()
    if scale == "scan's":
        # As PaMIR's data set has them: one positive number, everything with a leading 1.
        content = {name: value[None] for name, value in content.items()} | {"body_scale": np.array([0.45])}
    path = tmp_path / f"a_smplparams{ending}"
    if ending == ".npz":
        np.savez(path, **content)
    elif ending == ".json":
        path.write_text(json.dumps({name: value.tolist() for name, value in content.items()}))
    else:
        path.write_bytes(pickle.dumps(content, protocol=2))
    body = read_parameters(path)
    signs = [1, -1, -1] if scale == "camera's" else [1, 1, 1]
    assert body.scale == pytest.approx(0.45 * np.array(signs))
    matrices = Rotation.from_rotvec(values()["body_pose"].reshape(24, 3)).as_matrix()
    assert body.rotations == pytest.approx(matrices, abs=1e-6)
    assert body.betas == pytest.approx(values()["betas"])
    assert body.translation == pytest.approx([0.01, -0.02, 0.03])


def test_what_pamir_writes_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **values())
    body = read_parameters(path)
    written = body.to_pamir(body)
    assert set(written) == {
        "betas", "body_pose", "init_betas", "init_body_pose", "body_scale", "global_body_translation",
    }  # fmt: skip
    assert written["init_body_pose"].shape == (24, 3, 3)
    np.savez(path, **written)
    again = read_parameters(path)
    assert again.rotations == pytest.approx(body.rotations, abs=1e-6)


@pytest.mark.parametrize(
    "change",
    [{"body_pose": np.zeros(70)}, {"betas": np.zeros(3)}, {"body_scale": np.zeros(2)}, {"betas": np.full(10, np.nan)}],
)
def test_what_is_no_body_is_named(tmp_path: Path, change: dict[str, np.ndarray]) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **(values() | change))
    with pytest.raises(RestageError) as caught:
        read_parameters(path)
    assert caught.value.code == "parameters_unreadable"
    (tmp_path / "b.json").write_text('{"betas": [1]}')
    with pytest.raises(RestageError):
        read_parameters(tmp_path / "b.json")


def test_graphcmrs_camera_in_canonical_units() -> None:
    camera = torch.tensor([[0.9, 0.1, -0.2]])
    body = BodyParameters.from_camera(torch.eye(3).expand(1, 24, 3, 3), torch.zeros(1, 10), camera)
    k = 0.512 * 0.9
    assert body.scale == pytest.approx([k, -k, -k])
    assert body.translation == pytest.approx([k * 0.1, k * 0.2, 0.0])


def test_projection_is_the_descriptions_pinhole_camera() -> None:
    points = np.random.default_rng(1).uniform(-0.5, 0.5, (20, 3))
    x, y, z = points.T
    # A camera at z = 10 that looks along -z: X_cam = diag(1, -1, -1) p + (0, 0, 10).
    pixels = 5000 * np.stack([x, -y], axis=1) / (10 - z)[:, None] + 256
    assert project(torch.from_numpy(points)).numpy() == pytest.approx(pixels / 256 - 1)


def test_restages_canonical_space_shows_the_same_pixels_and_depths() -> None:
    points = np.random.default_rng(2).uniform(-0.5, 0.5, (20, 3))
    # PaMIR's camera as one of Restage's: 2 metres a unit.
    view = CanonicalView(Camera(5000.0, (256, 256), 512, 512, np.eye(4)), Crop((256, 256), 512.0), 20.0)
    placed = view.to_world(to_spaces(points))
    assert view.camera.project(placed) == pytest.approx((project(torch.from_numpy(points)).numpy() + 1) * 256)
    # A rigid copy at the scale of the camera: 2 metres a unit everywhere.
    assert placed == pytest.approx(points * 2.0 + [0, 0, -20.0], abs=1e-9)
    assert from_spaces(to_spaces(points)) == pytest.approx(points)


def test_keypoints_take_openposes_and_mediapipes_joints_to_the_same_places() -> None:
    """Right ankle, knee, hip, left hip, knee, ankle, right wrist, elbow, shoulder, left shoulder, elbow, wrist, then
    nose, left eye, right eye, left ear, right ear."""
    places = np.random.default_rng(3).uniform(0, 512, (17, 2))
    openpose, mediapipe = np.zeros((25, 2)), np.zeros((33, 2))
    openpose[[11, 10, 9, 12, 13, 14, 4, 3, 2, 5, 6, 7, 0, 16, 15, 18, 17]] = places
    mediapipe[[28, 26, 24, 23, 25, 27, 16, 14, 12, 11, 13, 15, 0, 2, 5, 7, 8]] = places
    first = Keypoints.from_body_25(openpose, np.full(25, 0.5))
    second = Keypoints.from_landmarks(mediapipe, np.full(33, 0.5))
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.confidence, second.confidence)
    known = [*range(12), *range(19, 24)]
    assert first.points[known] == pytest.approx(places / 256 - 1, abs=1e-6)
    assert first.confidence.tolist() == [0.5] * 12 + [0.0] * 7 + [0.5] * 5


def test_a_missing_joint_is_nowhere_and_not_in_the_corner() -> None:
    joints, confidence = np.full((25, 2), 300.0), np.ones(25)
    joints[4], confidence[4] = 0.0, 0.0
    keypoints = Keypoints.from_body_25(joints, confidence)
    assert keypoints.confidence[6] == 0
    assert keypoints.points[6].tolist() == [0, 0]

"""A body fitted to a scan of itself: where every vertex belongs is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from core.body.model import BodyModel
from core.body.smpl import SmplBody
from core.pamir.parameters import read_parameters
from core.render import MeshCaster
from core.training.scans import fit
from core.training.scans.fit import FittedBody, ScanBody, fit_body
from core.training.scans.landmarks import Landmarks
from core.training.scans.normalise import normalised
from core.training.scans.open_body import OpenBody
from core.training.scans.scan import Scan
from core.training.scans.smpl_body import JOINT_LANDMARKS, SmplFit
from tests.core.pamir.synthetic_body import write_body
from tests.core.training.scans.synthetic_scans import person, person_scan


def fitted(body: ScanBody, own: Scan, landmarks: np.ndarray, trust: np.ndarray) -> tuple[FittedBody, float, np.ndarray]:
    """The body fitted to a scan in metres whose landmarks are known up to a centimetre; scale and offset."""
    rng = np.random.default_rng(0)
    scan, scale, offset = normalised(own, rng)
    noisy = landmarks + rng.normal(0, 0.01, landmarks.shape)
    found = Landmarks((scale * noisy + offset).astype(np.float32), trust.astype(np.float32))
    return fit_body(body, scan, MeshCaster(scan.vertices, scan.faces), found, rng), scale, offset


@pytest.fixture(autouse=True)
def fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "LANDMARK_STEPS", 120)
    monkeypatch.setattr(fit, "SURFACE_STEPS", 150)


def test_our_body_finds_itself() -> None:
    truth = person()
    result, scale, offset = fitted(OpenBody(), person_scan(truth.vertices), truth.landmarks, np.ones(33))
    recovered = (result.arrays["vertices"] - offset) / scale
    error = np.linalg.norm(recovered - truth.vertices, axis=1)[BodyModel.load().exterior]
    assert error.mean() < 0.015 and np.quantile(error, 0.95) < 0.03
    assert result.distance < 0.01 and result.escaped < 0.1
    again = {name: result.arrays[name] for name in ("shape", "scale", "rotations", "translation")}
    assert BodyModel.load().vertices(**again) == pytest.approx(result.arrays["vertices"], abs=1e-5)


def test_smpl_finds_itself(tmp_path: Path) -> None:
    path = write_body(tmp_path)
    body = SmplBody.surface(path)
    pose = torch.zeros(1, 72)
    # Turned, an arm down, an elbow and a knee bent: joints of SMPL.
    for joint, axis, degrees in ((0, 1, 60), (16, 2, -50), (19, 1, 40), (4, 0, 30)):
        pose[0, 3 * joint + axis] = np.radians(degrees)
    vertices, joints = (value[0].numpy() for value in body.pose(pose, torch.zeros(1, 10)))
    landmarks, trust = np.zeros((33, 3)), np.zeros(33)
    for landmark, (joint, _) in JOINT_LANDMARKS.items():
        landmarks[landmark], trust[landmark] = joints[joint], 1.0
    mesh = trimesh.Trimesh(vertices, body.faces.numpy(), process=False).subdivide().subdivide()
    own = Scan(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int32), np.zeros((len(mesh.vertices), 3), np.uint8))
    result, scale, offset = fitted(SmplFit(path), own, landmarks, trust)
    error = np.linalg.norm((result.arrays["vertices"] - offset) / scale - vertices, axis=1)
    assert error.mean() < 0.015
    # PaMIR's names and shapes give the same body.
    np.savez(tmp_path / "body.npz", kind=result.kind, **result.arrays)
    read = read_parameters(tmp_path / "body.npz")
    assert [result.arrays[name].shape for name in ("betas", "body_pose", "body_scale", "global_body_translation")] == [
        (1, 10), (1, 72), (1,), (3,),
    ]  # fmt: skip
    again = body.pose(torch.from_numpy(read.rotations)[None], torch.from_numpy(read.betas)[None])[0][0].numpy()
    assert read.scale * again + read.translation == pytest.approx(result.arrays["vertices"], abs=1e-5)


def test_loose_clothes_do_not_blow_the_body_up() -> None:
    """Five centimetres around the trunk: the body stays inside and about as large as it is."""
    truth = person()
    model = BodyModel.load()
    scan = person_scan(truth.vertices)
    trunk = ((truth.vertices[:, 1] > 0.85) & (truth.vertices[:, 1] < 1.3)).astype(np.float32)
    owner = np.zeros(len(model.uv), np.int64)
    owner[model.uv_triangles.ravel()] = model.triangles.ravel()
    dressed = scan.moved(scan.vertices + 0.05 * trunk[owner, None] * scan.normals)
    result, scale, offset = fitted(OpenBody(), dressed, truth.landmarks, np.ones(33))
    recovered = (result.arrays["vertices"] - offset) / scale
    away = np.linalg.norm(recovered - truth.vertices, axis=1)[model.exterior]
    assert away.mean() < 0.025 and result.escaped < 0.1

"""SMPL bodies, estimated and true, with a small body of SMPL's skeleton and a GraphCMR that says what it is told."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.body.smpl import SmplBody
from core.errors import RestageError
from core.events import SilentEvents
from core.pamir.parameters import BodyParameters, rotation_matrices
from core.pamir.projection import project
from core.pamir.weights import PamirFiles
from core.training.pamir import predicted_bodies
from core.training.pamir.body_volumes import BodyVolumes, smpl_files
from core.training.pamir.held_back import Split
from core.training.pamir.predicted_bodies import PredictedBodies, depth_shifts
from core.training.pamir.scan import Scan, find_scans
from core.training.pamir.sizes import Sizes
from core.training.pamir.train_geometry import GeometryTask
from core.training.pamir.turned_body import TurnedBody, turn_to
from tests.core.pamir.synthetic_body import write_body
from tests.core.training.pamir.synthetic_scan import write_files

FLIPPED = np.diag([1.0, -1.0, -1.0]).astype(np.float32)
ANGLE = 1.1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("smpl")
    write_body(path)
    return path


@pytest.fixture(scope="module")
def smpl(folder: Path) -> SmplBody:
    return SmplBody.load(PamirFiles.find(folder))


@pytest.fixture(scope="module")
def truth(smpl: SmplBody) -> TurnedBody:
    """A posed body off the middle, as the view at ANGLE sees it."""
    rng = np.random.default_rng(2)
    pose = rng.normal(0, 0.2, 72).astype(np.float32)
    betas = rng.normal(0, 1, 10).astype(np.float32)
    scale = np.full(3, 0.42, np.float32)
    parameters = BodyParameters(rotation_matrices(pose), betas, scale, np.array([0.03, 0.08, -0.05], np.float32))
    vertices = posed(smpl, parameters)[: smpl.surface_count]
    turn = turn_to(ANGLE)
    return TurnedBody(turn, vertices @ turn.T, parameters, None)


def posed(smpl: SmplBody, parameters: BodyParameters) -> np.ndarray:
    vertices, _ = smpl.pose(torch.from_numpy(parameters.rotations)[None], torch.from_numpy(parameters.betas)[None])
    return vertices[0].numpy() * parameters.scale + parameters.translation


def ideal(smpl: SmplBody, truth: TurnedBody) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What a faultless GraphCMR would say of the turned body: rotations, betas, camera, of a y-down body."""
    parameters = truth.parameters
    assert parameters is not None
    rotations = parameters.rotations.copy()
    rotations[0] = FLIPPED @ truth.turn @ rotations[0]
    _, joints = smpl.pose(torch.from_numpy(rotations)[None], torch.from_numpy(parameters.betas)[None])
    root = joints[0, 0].numpy()
    k = parameters.scale[0]
    moved = truth.turn @ parameters.translation + (truth.turn @ root - root) * k
    # The root turns about itself; the flip of the whole body moves it.
    flat = moved[:2] + k * (root - FLIPPED @ root)[:2]
    camera = np.array([k * 5000 / (256 * (10 - moved[2])), flat[0] / k, -flat[1] / k], np.float32)
    return torch.from_numpy(rotations), torch.from_numpy(parameters.betas), torch.from_numpy(camera)


def told(monkeypatch: pytest.MonkeyPatch, *estimate: torch.Tensor) -> None:
    """Let GraphCMR say the same of every picture."""

    def say(_graph: object, _regressor: object, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(value.expand(len(images), *value.shape) for value in estimate)

    monkeypatch.setattr(predicted_bodies, "estimate_body", say)


def test_turning_the_root_turns_the_body(smpl: SmplBody, truth: TurnedBody) -> None:
    """The true depth is that of a body whose root is turned, as label files of turned scans would say it."""
    parameters = truth.parameters
    assert parameters is not None
    rotations = parameters.rotations.copy()
    rotations[0] = truth.turn @ rotations[0]
    turned, _ = smpl.pose(torch.from_numpy(rotations)[None], torch.from_numpy(parameters.betas)[None])
    translation = truth.vertices - turned[0, : smpl.surface_count].numpy() * parameters.scale
    assert np.ptp(translation, axis=0) == pytest.approx(np.zeros(3), abs=1e-5)
    depth = PredictedBodies((None, None), smpl).true_depth(truth)  # type: ignore[arg-type]
    assert depth == pytest.approx(translation[0, 2], abs=1e-5)


def test_a_faultless_estimate_is_the_true_body(smpl: SmplBody, truth: TurnedBody, monkeypatch) -> None:
    told(monkeypatch, *ideal(smpl, truth))
    bodies = PredictedBodies((None, None), smpl)  # type: ignore[arg-type]
    found = bodies.of(torch.zeros(1, 3, 8, 8), [truth], np.random.default_rng(0))[0]
    assert found is not None
    assert found[: smpl.surface_count].numpy() == pytest.approx(truth.vertices, abs=2e-5)


def test_an_estimate_keeps_its_place_in_the_picture(smpl: SmplBody, truth: TurnedBody, monkeypatch) -> None:
    """Another size moves the body in the picture as the weak-perspective camera says, at the true root's depth."""
    rotations, betas, camera = ideal(smpl, truth)
    told(monkeypatch, rotations, betas, camera * torch.tensor([0.8, 1.0, 1.0]))
    bodies = PredictedBodies((None, None), smpl)  # type: ignore[arg-type]
    small = bodies.of(torch.zeros(1, 3, 8, 8), [truth], np.random.default_rng(0))[0]
    assert small is not None
    shown = project(small[: smpl.surface_count]).numpy()
    assert shown == pytest.approx(0.8 * project(torch.from_numpy(truth.vertices)).numpy(), abs=0.02)


def test_a_third_of_a_batch_takes_the_true_body(smpl: SmplBody, truth: TurnedBody, monkeypatch) -> None:
    told(monkeypatch, *ideal(smpl, truth))
    bodies = PredictedBodies((None, None), smpl)  # type: ignore[arg-type]
    count = 0
    for seed in range(30):
        batch = [truth, truth, TurnedBody(truth.turn, truth.vertices, None, np.zeros((4, 4, 4), bool))]
        found = bodies.of(torch.zeros(3, 3, 8, 8), batch, np.random.default_rng(seed))
        assert found[2] is None
        count += sum(body is None for body in found[:2])
    # One of three is drawn each time; twice of three it is one of the first two.
    assert 12 <= count <= 28


def test_points_follow_a_body_that_is_estimated_too_near() -> None:
    truth = torch.rand(50, 3, generator=torch.Generator().manual_seed(0))
    points = truth[:20] + 0.02
    distance, index = torch.cdist(points, truth).topk(4, largest=False)
    assert depth_shifts(index, distance, truth, truth).abs().max() == 0
    moved = truth + torch.tensor([0.2, -0.1, 0.03])
    assert depth_shifts(index, distance, moved, truth).numpy() == pytest.approx(np.tanh(0.6) / 20, abs=1e-6)
    far = truth - torch.tensor([0.0, 0.0, 5.0])
    assert depth_shifts(index, distance, far, truth).numpy() == pytest.approx(-1 / 20, abs=1e-6)
    # Nearer vertices count more: at half the distance as e^-1/2 to e^-2.
    pair = depth_shifts(
        torch.tensor([[0, 1, 1, 1]]),
        torch.tensor([[0.1, 0.2, 9.0, 9.0]]),
        torch.tensor([[0.0, 0.0, 0.01], [0.0, 0.0, 0.0]]),
        torch.zeros(2, 3),
    )
    mean = 0.01 * np.exp(-0.5) / (np.exp(-0.5) + np.exp(-2.0))
    assert pair.item() == pytest.approx(np.tanh(20 * mean) / 20, rel=1e-4)


def test_volumes_of_both_kinds_of_body(smpl: SmplBody, truth: TurnedBody, scan: Scan) -> None:
    volumes = BodyVolumes(smpl, torch.device("cpu"), 32)
    free = TurnedBody.of(scan.body(), 0.0, 32)
    made = volumes.of([truth, free]).numpy()
    assert made.shape == (2, 3, 32, 32, 32)
    assert 0.0 <= made.min() <= made.max() <= 1.0
    for volume, vertices in ((made[0], truth.vertices), (made[1], free.vertices)):
        # Axes are z, y, x: filled voxels lie where the body does.
        z, y, x = np.nonzero(volume.any(axis=0))
        filled = (np.stack([x, y, z], axis=1) + 0.5) / 32 - 0.5
        assert len(filled) > 50
        assert (filled.min(axis=0) > vertices.min(axis=0) - 1 / 64).all()
        assert (filled.max(axis=0) < vertices.max(axis=0) + 1 / 64).all()
        assert np.ptp(filled, axis=0) == pytest.approx(np.ptp(vertices, axis=0), abs=0.09)
        # The second code is the height in the rest pose: it rises with y.
        assert np.corrcoef(volume[1, z, y, x], y)[0, 1] > 0.8
    # The first is left and right.
    z, y, x = np.nonzero(made[1].any(axis=0))
    assert np.corrcoef(made[1, 0, z, y, x], x)[0, 1] > 0.6


def test_scans_with_smpl_need_its_files(scan: Scan, tmp_path: Path, folder: Path) -> None:
    assert smpl_files([scan], None, None, True, SilentEvents()) is None
    np.savez(
        tmp_path / "body.npz", kind="smpl", vertices=np.zeros((9, 3)), betas=np.zeros((1, 10)),
        body_pose=np.zeros((1, 72)), global_body_translation=np.zeros(3), body_scale=np.ones(1),
    )  # fmt: skip
    labelled = Scan(tmp_path, scan.angles)
    events = SilentEvents()
    with pytest.raises(RestageError, match="--weights") as caught:
        smpl_files([scan, labelled], None, None, False, events)
    assert caught.value.code == "weights_missing"
    with pytest.raises(RestageError, match="GraphCMR"):
        smpl_files([labelled], folder, None, True, events)
    files = smpl_files([labelled], folder, None, False, events)
    assert files is not None
    assert "non-commercial" in events.events[-1]["message"]


class Recorder(torch.nn.Module):
    """Keeps what the network would be given."""

    def forward(self, image: torch.Tensor, volume: torch.Tensor, points: torch.Tensor, projections: torch.Tensor):
        self.volume, self.points, self.projections = volume, points, projections
        return [torch.full_like(points[..., :1], 0.5)] * 3


def test_points_move_with_the_body_and_keep_their_place_in_the_picture(
    smpl: SmplBody, truth: TurnedBody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = truth.parameters
    assert parameters is not None
    arrays = {
        "betas": parameters.betas[None],
        "body_pose": parameters.axis_angles.reshape(1, 72),
        "global_body_translation": parameters.translation,
        "body_scale": parameters.scale[:1],
    }
    vertices = posed(smpl, parameters)[: smpl.surface_count]
    write_files(tmp_path / "one", "smpl", vertices, smpl.faces.numpy(), arrays, (ANGLE,), 64)
    # GraphCMR believes that the person leans forward.
    rotations, betas, camera = ideal(smpl, truth)
    lean = rotation_matrices(np.tile(np.array([0.4, 0.0, 0.0], np.float32), 24))[0]
    rotations[0] = torch.from_numpy(lean) @ rotations[0]
    told(monkeypatch, rotations, betas, camera)
    network, device = Recorder(), torch.device("cpu")
    bodies = PredictedBodies((None, None), smpl)  # type: ignore[arg-type]
    sizes = Sizes(near=60, uniform=10, image=64, voxels=24)
    split = Split.of(find_scans(tmp_path, SilentEvents()))
    volumes = BodyVolumes(smpl, device, 24)
    task = GeometryTask(network, split, volumes, bodies, device, sizes)  # type: ignore[arg-type]
    batch = task.read(0, [0, 0, 0])
    assert batch[0].body.vertices == pytest.approx(truth.vertices, abs=1e-5)
    losses = task.losses(0, batch)
    assert losses["loss"].item() == pytest.approx(0.75)
    points = np.stack([view.points for view in batch])
    assert network.projections.numpy() == pytest.approx(project(torch.from_numpy(points)).numpy(), abs=1e-6)
    moved = network.points.numpy() - points
    assert np.abs(moved[..., :2]).max() == 0
    # One of three takes the true body: its points stay, and the others' go as far as their part of the body did.
    still = np.abs(moved[..., 2]).max(axis=1) == 0
    assert still.sum() == 1
    leaning = bodies.of(torch.zeros(1, 3, 8, 8), [truth], np.random.default_rng(0))[0]
    assert leaning is not None
    for view, shift, volume in zip(batch, moved[..., 2], network.volume, strict=True):
        taken = torch.from_numpy(truth.vertices) if np.abs(shift).max() == 0 else leaning[: smpl.surface_count]
        offsets = (taken.numpy() - truth.vertices)[view.index, 2]
        assert (shift >= np.tanh(20 * offsets.min(axis=1)) / 20 - 1e-5).all()
        assert (shift <= np.tanh(20 * offsets.max(axis=1)) / 20 + 1e-5).all()
        assert (volume > 0).any()
    assert 0.01 < np.abs(moved[..., 2]).max() <= 0.05
    filled = (network.volume.amax(dim=1) > 0).numpy()
    first, second = (filled[i] for i in np.flatnonzero(~still))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, filled[int(np.flatnonzero(still)[0])])

"""The whole route on real pictures, with the user's files made of nothing."""

import json
import pickle  # noqa: TID251 - reads what was written for the published scripts
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.__main__ import main
from core.body.smpl import SmplBody
from core.errors import ExitCode, RestageError
from core.evaluation import evaluate_job
from core.evaluation.surface import silhouette_overlap
from core.events import SilentEvents
from core.job import Job
from core.pamir.decoder import sample_volume
from core.pamir.fitting import posed
from core.pamir.geometry_network import PamirNet
from core.pamir.parameters import BodyParameters, rotation_matrices
from core.pamir.projection import project
from core.pipeline import reconstruct
from core.ply import read_ply
from core.settings import Settings

DEMO = Path(__file__).parents[3] / "demo" / "balance.mp4"


def body_at(turn: float) -> BodyParameters:
    """A person who stands with lowered arms, y-down as GraphCMR's are, turned about the vertical."""
    turns = np.zeros((24, 3), np.float32)
    turns[16, 2], turns[17, 2] = -1.1, 1.0
    turns[4, 0] = 0.6
    rotations = rotation_matrices(turns)
    # Half a turn about x, which the scale's signs take back, and then about the vertical.
    rotations[0] = rotation_matrices(np.tile(np.float32([0, turn, 0]), (24, 1)))[0]
    k = 0.45
    return BodyParameters(rotations, np.zeros(10, np.float32), np.float32([k, k, k]), np.float32([0.02, 0.05, 0.0]))


def draw(body: SmplBody, parameters: BodyParameters) -> np.ndarray:
    """The mask of a body, (512, 512), by PaMIR's camera: every triangle filled, so from projection alone."""
    vertices = posed(body, parameters, torch.device("cpu"))[: body.surface_count]
    pixels = (project(vertices).numpy() + 1) * 256
    mask = np.zeros((512, 512), np.uint8)
    for face in body.faces.numpy():
        cv2.fillConvexPoly(mask, np.rint(pixels[face] * 16).astype(np.int32), 255, shift=4)
    return mask


@pytest.fixture
def pictures(tmp_path: Path, body: SmplBody) -> Path:
    """Two red people before noise, with masks and given bodies."""
    folder = tmp_path / "people"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, turn in (("front", 0.2), ("turned", 1.2)):
        parameters = body_at(turn)
        mask = draw(body, parameters)
        picture = rng.integers(0, 255, (512, 512, 3), np.uint8)
        picture[mask > 0] = (40, 60, 200)
        cv2.imwrite(str(folder / f"{name}.png"), picture)
        cv2.imwrite(str(folder / f"{name}_mask.png"), mask)
        np.savez(folder / f"{name}_smplparams.npz", **parameters.to_pamir(parameters))
    return folder


def body_volume(self: PamirNet, volume: torch.Tensor) -> torch.Tensor:
    return (volume.amax(dim=1, keepdim=True) > 0).float()


def body_occupancy(
    self: PamirNet, image_features: torch.Tensor, volume: torch.Tensor, points: torch.Tensor, _: torch.Tensor
) -> torch.Tensor:
    return sample_volume(volume, points)[:, 0]


@pytest.fixture
def perfect(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the geometry network: what the voxelised body itself says."""
    monkeypatch.setattr(PamirNet, "volume_features", body_volume)
    monkeypatch.setattr(PamirNet, "decode", body_occupancy)


def run(source: Path, folder: Path, **settings: object) -> Job:
    return reconstruct(source, folder, Settings(method="pamir", **settings), SilentEvents())


def test_given_bodies_come_out_where_the_pictures_show_them(
    pictures: Path, pamir_folder: Path, tmp_path: Path, perfect: None
) -> None:
    """Volume, points, camera and world agree: a mirrored or swapped axis anywhere would show."""
    job = run(pictures, tmp_path, weights=str(pamir_folder), body_params=str(pictures), preset="draft")
    assert job.finished_frames() == [0, 1]
    for number in (0, 1):
        # A voxel of 128 is four pixels wide, and arms are thin.
        assert silhouette_overlap(job, number) > 0.9
    heights = [np.ptp(read_ply(job.mesh_path(number))[0][:, 1]) for number in (0, 1)]
    assert heights == pytest.approx([0.45 * 1.73 * 1.75 / 0.8] * 2, rel=0.05)
    assert evaluate_job(job)["silhouette"]["mean"] > 0.9


def test_quirks_shift_the_mesh_by_half_a_voxel(
    pictures: Path, pamir_folder: Path, tmp_path: Path, perfect: None
) -> None:
    centres = []
    for quirks in (False, True):
        job = run(
            pictures, tmp_path / str(quirks), weights=str(pamir_folder), body_params=str(pictures),
            reference_quirks=quirks, frames="0",
        )  # fmt: skip
        main(["export", str(job.folder), "--format", "pamir", "--output", str(tmp_path / f"files{quirks}")])
        text = (tmp_path / f"files{quirks}" / "results" / "front.obj").read_text().splitlines()
        vertices = np.array([line.split()[1:] for line in text if line.startswith("v ")], float)
        centres.append((vertices.max(axis=0) + vertices.min(axis=0)) / 2)
    # The body is made of voxels, which the two grids cut differently.
    assert centres[1] - centres[0] == pytest.approx(np.full(3, -0.5 / 256), abs=8e-4)


def test_a_real_frame_through_all_networks(pamir_folder: Path, tmp_path: Path, capsys) -> None:
    """Random weights give no person, but every step runs: GraphCMR, fitting to landmarks, meshing, texture, files."""
    arguments = [
        "reconstruct", str(DEMO), "--method", "pamir", "--weights", str(pamir_folder), "--preset", "draft",
        "--frames", "60", "--output", str(tmp_path), "--pamir-files", str(tmp_path / "files"),
    ]  # fmt: skip
    assert main(arguments) == ExitCode.OK
    assert "non-commercial" in capsys.readouterr().out
    results = tmp_path / "files" / "results"
    endings = (".obj", "_init_smpl.obj", "_optm_smpl.obj", "_smplparams.pkl", "_tex.obj")
    assert sorted(path.name for path in results.iterdir()) == sorted(f"0060{ending}" for ending in endings)
    with (results / "0060_smplparams.pkl").open("rb") as stream:
        parameters = pickle.load(stream)  # noqa: S301 - written by this test
    assert parameters["body_pose"].shape == (72,)
    assert parameters["init_body_pose"].shape == (24, 3, 3)
    plain, coloured = ((results / f"0060{e}").read_text().splitlines() for e in (".obj", "_tex.obj"))
    assert len(plain) == len(coloured)
    colours = np.array([line.split()[4:] for line in coloured if line.startswith("v ")], float)
    assert colours.shape[1] == 3
    assert colours.min() >= 0 and colours.max() <= 1

    # Going on: nothing is done again, and a frame that was lost comes back to the bit.
    job = Job.open(tmp_path / "balance.restage")
    before = job.mesh_path(60).read_bytes()
    job.mesh_path(60).unlink()
    assert main(arguments) == ExitCode.OK
    assert job.mesh_path(60).read_bytes() == before


def test_pictures_with_their_own_keypoints(pictures: Path, pamir_folder: Path, tmp_path: Path) -> None:
    """As human-video-reconstruction hands them over: NAME.png, NAME_mask.png, NAME_keypoints.json."""
    for name in ("front", "turned"):
        joints = np.random.default_rng(1).uniform(100, 400, (25, 3))
        joints[:, 2] = 0.8
        people = {"people": [{"pose_keypoints_2d": joints.ravel().tolist()}]}
        (pictures / f"{name}_keypoints.json").write_text(json.dumps(people))
    job = run(pictures, tmp_path, weights=str(pamir_folder), preset="draft", texture="picture", frames="1")
    assert job.finished_frames() == [1]
    assert job.record.clip["names"] == {"000001": "turned"}
    assert job.page_path.exists()
    assert (job.preview_folder / "contact_sheet.png").exists()


def test_what_is_missing_is_told_before_anything_is_made(pictures: Path, pamir_folder: Path, tmp_path: Path) -> None:
    def refused(source: Path, **settings: object) -> str:
        with pytest.raises(RestageError) as caught:
            run(source, tmp_path / "out", **settings)
        assert not (tmp_path / "out").exists()
        return caught.value.code

    assert refused(pictures) == "weights_missing"
    assert refused(pictures, weights=str(tmp_path / "nowhere")) == "weights_missing"
    assert refused(pictures, weights=str(pictures)) == "weights_missing"
    assert refused(DEMO, weights=str(pamir_folder), body_params=str(tmp_path)) == "input_missing"
    partial = tmp_path / "partial"
    shutil.copytree(pamir_folder / "data", partial)
    assert refused(pictures, weights=str(partial)) == "weights_missing"
    with pytest.raises(RestageError) as caught:
        reconstruct(pictures, tmp_path / "out", Settings(), SilentEvents())
    assert caught.value.code == "rate_missing"


def test_weights_check_lists_files_and_licence(pamir_folder: Path, tmp_path: Path, capsys) -> None:
    assert main(["weights", "check", str(pamir_folder)]) == ExitCode.OK
    said = capsys.readouterr().out
    assert "sha256" in said and "non-commercial" in said
    assert main(["weights", "check", str(tmp_path)]) == ExitCode.ERROR
    assert "missing" in capsys.readouterr().out


def test_only_pamirs_jobs_have_pamirs_files(demo_job: Job, tmp_path: Path, capsys) -> None:
    code = main(["export", str(demo_job.folder), "--format", "pamir", "--output", str(tmp_path)])
    assert code == ExitCode.BAD_ARGUMENTS
    assert "--method pamir" in capsys.readouterr().out

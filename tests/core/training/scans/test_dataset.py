"""The command from a folder of scans to samples, as a user runs it."""

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.__main__ import main
from core.body.model import BodyModel
from core.errors import ExitCode
from core.picture import read_mask, read_picture
from core.training.scans import dataset, fit, transfer
from core.training.scans.albedo import Albedo
from core.training.scans.samples import occupancy_samples
from core.training.scans.scan import Scan
from tests.core.training.scans.synthetic_scans import person, person_scan, write_obj

POINTS, COUNT = 3000, 3


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "DIRECTIONS", 40)
    monkeypatch.setattr(fit, "LANDMARK_STEPS", 30)
    monkeypatch.setattr(fit, "SURFACE_STEPS", 20)
    monkeypatch.setattr(fit, "SURFACE_POINTS", 4000)
    monkeypatch.setattr(dataset, "occupancy_samples", partial(occupancy_samples, surface_points=POINTS))


def run(folder: Path, *more: str) -> int:
    scans, output = str(folder / "scans"), str(folder / "output")
    return main(["dataset", "scan", "--scans", scans, "--output", output, "--views", str(COUNT), "--json", *more])


def test_from_scans_to_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "scans" / "someone" / "someone.obj"
    write_obj(source, person_scan(person().vertices))
    (tmp_path / "scans" / "broken.ply").write_bytes(b"ply")
    before = source.read_bytes()
    assert run(tmp_path) == ExitCode.PARTIAL
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["code"] for event in events if event["event"] == "warning"] == ["scan_unreadable"]
    assert source.read_bytes() == before

    folder = tmp_path / "output" / "someone"
    files = {name: np.load(folder / f"{name}.npz") for name in ("mesh", "prt", "uv", "views", "samples", "body")}
    vertices = files["mesh"]["vertices"]
    assert files["prt"]["transfer"].shape == (len(vertices), 9)
    assert files["uv"]["position"].shape == files["uv"]["normal"].shape == (512, 512, 3)
    assert files["views"]["angles"].shape == (COUNT,)
    assert len(files["samples"]["surface_inside"]) + len(files["samples"]["surface_outside"]) == POINTS
    for number in range(COUNT):
        picture, mask = (
            read_picture(folder / "color" / f"{number:04d}.jpg"),
            read_mask(folder / "mask" / f"{number:04d}.png"),
        )
        assert picture.shape == (512, 512, 3) and picture[mask > 0].mean() > 40 > 4 > picture[mask == 0].mean()
        assert read_picture(folder / "color_uv" / f"{number:04d}.jpg").shape == (512, 512, 3)
    body, association = files["body"]["vertices"], np.load(folder / "association.npz")
    assert body.shape == BodyModel.load().mean_vertices.shape and str(files["body"]["kind"]) == "open"
    index, distance = association["index_uniform_outside"], association["distance_uniform_outside"]
    expected = np.linalg.norm(files["samples"]["uniform_outside"][:, None] - body[index], axis=2)
    assert distance == pytest.approx(expected, abs=1e-5)
    # Even so few steps bring the body near: MediaPipe saw the person.
    assert files["body"]["scan_distance"] < 0.06

    # Once more, with one picture and the labels lost: only these are made again, and the same.
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    lost = [folder / "color" / "0001.jpg", folder / "samples.npz"]
    contents = [lost[0].read_bytes(), files["samples"]["surface_inside"]]
    for path in lost:
        path.unlink()
    assert run(tmp_path) == ExitCode.PARTIAL
    assert lost[0].read_bytes() == contents[0]
    assert np.array_equal(np.load(lost[1])["surface_inside"], contents[1])
    again = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    changed = {path.relative_to(folder).as_posix() for path in kept if kept[path] != again[path]}
    assert changed == {"color/0001.jpg", "mask/0001.png", "color_uv/0001.jpg", "uv.npz", "samples.npz"}

    # Another seed is another data set.
    capsys.readouterr()
    assert run(tmp_path, "--seed", "1") == ExitCode.ERROR
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "scan_other" in [event.get("code") for event in told]


def test_a_scan_without_colours_has_grey_pictures_and_a_body(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = person_scan(person().vertices)
    source = tmp_path / "scans" / "x" / "someone.obj"
    source.parent.mkdir(parents=True)
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in scan.vertices]
    source.write_text("\n".join(lines + [f"f {a} {b} {c}" for a, b, c in scan.faces + 1]))
    assert run(tmp_path) == ExitCode.OK
    assert warnings(capsys) == ["scan_colourless"]
    folder = tmp_path / "output" / "someone"
    assert np.load(folder / "body.npz")["scan_distance"] < 0.06
    picture, mask = read_picture(folder / "color" / "0000.jpg"), read_mask(folder / "mask" / "0000.png")
    assert np.ptp(Albedo(Scan.load(folder / "mesh.npz")).at(np.arange(3), np.full((3, 3), 1 / 3, np.float32))) == 0
    assert picture[mask > 0].mean() > 40
    # It stays where it is when another one of its name comes, and what an earlier version made of it twice goes.
    other = tmp_path / "scans" / "w" / "someone.obj"
    other.parent.mkdir()
    other.write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
    for name in ("x_someone_obj", "gone"):
        shutil.copytree(folder, tmp_path / "output" / name)
    with np.load(folder / "mesh.npz") as values:
        np.savez(tmp_path / "output" / "gone" / "mesh.npz", **{**values, "source": "another"})
    assert run(tmp_path) == ExitCode.PARTIAL
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["stage"] for event in told if event["event"] == "stage"] == ["w_someone_obj", "someone"]
    notices = [event["message"] for event in told if event["event"] == "notice"]
    assert "Removed" in notices[0] and "x_someone_obj" in notices[0] and "gone" in notices[1]
    assert sorted(path.name for path in (tmp_path / "output").iterdir()) == ["gone", "someone"]


def test_a_body_is_fitted_to_one_scan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In millimetres, far away, with z up and without colours."""
    truth = person().vertices
    shape = person_scan(truth)
    lying = shape.vertices[:, [0, 2, 1]] * [1000.0, -1000.0, 1000.0] + [5000.0, 0.0, -70.0]
    trimesh.Trimesh(lying, shape.faces, process=False).export(tmp_path / "someone.ply")
    command = ["dataset", "fit", "--scan", str(tmp_path / "someone.ply"), "--output", str(tmp_path / "fit"), "--json"]
    assert main([*command, "--up", "z"]) == ExitCode.OK
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in told] == ["notice", "done"]
    body = np.asarray(trimesh.load_mesh(told[1]["files"]["mesh"], process=False).vertices)
    # In metres, as it stands.
    upright = ((body - [5000.0, 0.0, -70.0]) / [1000.0, -1000.0, 1000.0])[:, [0, 2, 1]]
    assert np.linalg.norm(upright - truth, axis=1).mean() < 0.12
    with np.load(tmp_path / "fit" / "body.npz") as values:
        assert str(values["kind"]) == "open" and values["scan_distance"] < 0.06
    assert main([*command, "--body", "smpl"]) == ExitCode.BAD_ARGUMENTS
    command[3] = str(tmp_path / "nobody.obj")
    capsys.readouterr()
    assert main(command) == ExitCode.ERROR
    assert "nobody.obj" in json.loads(capsys.readouterr().out)["message"]


def warnings(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The codes of the warnings told since the last look."""
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [event["code"] for event in events if event["event"] == "warning"]


def test_bad_arguments_are_told(tmp_path: Path) -> None:
    assert run(tmp_path, "--body", "smpl") == ExitCode.BAD_ARGUMENTS
    assert run(tmp_path, "--views", "0") == ExitCode.BAD_ARGUMENTS
    assert run(tmp_path) == ExitCode.ERROR

"""The command from a folder of scans to samples, as a user runs it."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.body.model import BodyModel
from core.errors import ExitCode
from core.picture import read_mask, read_picture
from core.training.scans import dataset, fit, transfer
from core.training.scans.samples import occupancy_samples
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


def test_bad_arguments_are_told(tmp_path: Path) -> None:
    assert run(tmp_path, "--body", "smpl") == ExitCode.BAD_ARGUMENTS
    assert run(tmp_path, "--views", "0") == ExitCode.BAD_ARGUMENTS
    assert run(tmp_path) == ExitCode.ERROR

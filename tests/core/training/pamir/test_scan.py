"""What is read of a scan, and what is said of one that cannot be used."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.errors import RestageError
from core.events import SilentEvents
from core.training.pamir.held_back import Split
from core.training.pamir.scan import Scan, find_scans


def test_incomplete_scans_are_left_out_and_told(scans: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        shutil.copytree(scans / "one", tmp_path / name)
    (tmp_path / "b" / "samples.npz").unlink()
    (tmp_path / "c" / "color" / "0002.jpg").unlink()
    (tmp_path / "notes").mkdir()
    events = SilentEvents()
    assert [scan.name for scan in find_scans(tmp_path, events)] == ["a"]
    told = [(event["code"], event["message"]) for event in events.events]
    assert [code for code, _ in told] == ["scan_unreadable"] * 2
    assert "samples.npz" in told[0][1]
    assert "color/0002.jpg" in told[1][1]


def test_scans_without_colours_train_shapes_only(scans: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(scans / "one", tmp_path / name)
    with np.load(tmp_path / "b" / "mesh.npz") as values:
        arrays = {name: values[name] for name in ("vertices", "faces")}
    np.savez(tmp_path / "b" / "mesh.npz", **arrays)
    events = SilentEvents()
    assert [scan.name for scan in find_scans(tmp_path, events)] == ["a", "b"]
    assert not events.events
    assert [scan.name for scan in find_scans(tmp_path, events, coloured=True)] == ["a"]
    assert "no colours" in events.events[0]["message"]


def test_a_scan_that_has_two_folders_is_trained_with_once(scans: Path, tmp_path: Path) -> None:
    """Else it could be trained with and held back at a time."""
    for name in ("a", "b", "c"):
        shutil.copytree(scans / "one", tmp_path / name)
        with np.load(scans / "one" / "mesh.npz") as values:
            np.savez(tmp_path / name / "mesh.npz", source="same" if name != "b" else "another", **values)
    events = SilentEvents()
    assert [scan.name for scan in find_scans(tmp_path, events)] == ["a", "b"]
    assert "the same scan as a" in events.events[0]["message"]


@pytest.mark.parametrize("name", ["nothing", ""])
def test_a_folder_without_scans(tmp_path: Path, name: str) -> None:
    with pytest.raises(RestageError) as caught:
        find_scans(tmp_path / name, SilentEvents())
    assert caught.value.code == "dataset_empty"


def test_damaged_files_are_named(scans: Path, tmp_path: Path) -> None:
    shutil.copytree(scans / "one", tmp_path / "one")
    scan = Scan.open(tmp_path / "one")
    whole = (tmp_path / "one" / "uv.npz").read_bytes()
    (tmp_path / "one" / "uv.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "one" / "mask" / "0001.png").write_bytes(b"")
    np.savez(tmp_path / "one" / "body.npz", kind="other", vertices=np.zeros((3, 3)))
    for action, name in ((scan.surface, "uv.npz"), (lambda: scan.picture(1), "mask/0001.png"), (scan.body, "other")):
        with pytest.raises(RestageError, match=name) as caught:
            action()
        assert caught.value.code == "scan_unreadable"


def test_what_is_held_back(scan: Scan) -> None:
    alone = Split.of([scan])
    assert alone.held_back == (scan, 2)
    assert alone.views == ((scan, 0), (scan, 1))
    other = Scan(scan.folder.with_name("two"), scan.angles)
    both = Split.of([scan, other])
    assert both.held_back[0] is other
    assert {part.name for part, _ in both.views} == {"one"}
    single = Scan(scan.folder, (0.0,))
    assert Split.of([single]).views == (Split.of([single]).held_back,)

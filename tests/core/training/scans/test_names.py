"""A scan's folder stays its own when others of its name come."""

from pathlib import Path

import numpy as np

from core.job import fingerprint
from core.training.scans.names import LAST, name_scans
from core.training.scans.scan import scan_files


def scan(folder: Path, name: str, content: str = "") -> Path:
    path = folder / "scans" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content or name)
    return path


def make(folder: Path, name: str, source: Path, place: str | None = None, whole: bool = True) -> None:
    """A folder of the output as the scan's steps leave it; place: as newer versions record it."""
    made = folder / "output" / name
    made.mkdir(parents=True)
    more = {} if place is None else {"place": np.asarray(place)}
    np.savez(made / "mesh.npz", source=np.asarray(fingerprint(source)), **more)
    if whole:
        (made / LAST).touch()


def named(folder: Path) -> tuple[dict[str, str], list[str]]:
    """The scans' paths by their names, and the names of stale folders."""
    scans = folder / "scans"
    names = name_scans(scan_files(scans), scans, folder / "output", fingerprint)
    return {name: path.relative_to(scans).as_posix() for name, path in names.scans.items()}, [
        path.name for path in names.stale
    ]


def test_names_of_a_fresh_folder(tmp_path: Path) -> None:
    for name in ("x/a.obj", "y/a.obj", "b.obj"):
        scan(tmp_path, name)
    assert named(tmp_path) == ({"x_a_obj": "x/a.obj", "y_a_obj": "y/a.obj", "b": "b.obj"}, [])


def test_a_second_scan_of_the_same_name_moves_nothing(tmp_path: Path) -> None:
    first = scan(tmp_path, "x/a.obj")
    assert named(tmp_path) == ({"a": "x/a.obj"}, [])
    make(tmp_path, "a", first)
    second = scan(tmp_path, "w/a.obj")
    expected = {"a": "x/a.obj", "w_a_obj": "w/a.obj"}
    assert named(tmp_path) == (expected, [])
    make(tmp_path, "w_a_obj", second)
    assert named(tmp_path) == (expected, [])
    # Alone again, it keeps its longer name.
    first.unlink()
    assert named(tmp_path)[0] == {"w_a_obj": "w/a.obj"}


def test_a_scan_that_was_moved_or_written_again_keeps_its_folder(tmp_path: Path) -> None:
    first = scan(tmp_path, "x/a.obj")
    make(tmp_path, "a", first, "x/a.obj")
    scan(tmp_path, "y/a.obj")
    first.rename(scan(tmp_path, "z/a.obj"))
    assert named(tmp_path)[0] == {"a": "z/a.obj", "y_a_obj": "y/a.obj"}
    scan(tmp_path, "x/a.obj", "another export")
    (tmp_path / "scans" / "z" / "a.obj").unlink()
    assert named(tmp_path)[0] == {"a": "x/a.obj", "y_a_obj": "y/a.obj"}


def test_folders_that_earlier_versions_left_behind_are_stale(tmp_path: Path) -> None:
    first, second = scan(tmp_path, "x/a.obj"), scan(tmp_path, "y/a.obj")
    make(tmp_path, "a", first)
    make(tmp_path, "x_a_obj", first, whole=False)
    make(tmp_path, "y_a_obj", second)
    make(tmp_path, "someone", scan(tmp_path, "elsewhere.txt"))
    (tmp_path / "output" / "damaged").mkdir()
    (tmp_path / "output" / "damaged" / "mesh.npz").write_bytes(b"PK")
    assert named(tmp_path) == ({"a": "x/a.obj", "y_a_obj": "y/a.obj"}, ["x_a_obj"])


def test_two_equal_scans_have_a_folder_each(tmp_path: Path) -> None:
    first = scan(tmp_path, "x/a.obj", "same")
    make(tmp_path, "a", first)
    second = scan(tmp_path, "y/a.obj", "same")
    make(tmp_path, "y_a_obj", second)
    names, stale = named(tmp_path)
    assert sorted(names) == ["a", "y_a_obj"] and not stale

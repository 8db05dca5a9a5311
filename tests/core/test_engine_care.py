"""An engine that is there: verified, repaired, replaced by the user's own Python, removed."""

import sys
from pathlib import Path

import pytest

from core import engine, engine_care
from core.errors import RestageError
from tests.core.small_engine import no_report, small_engine, version_in


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small engine that is set up."""
    small_engine(tmp_path, monkeypatch)
    monkeypatch.setattr(engine_care, "self_test", lambda *arguments: {"device": "cpu"})
    engine.set_up(tmp_path / "engine", ["worker"], no_report)
    return tmp_path / "engine"


def test_a_damaged_file_is_found_and_the_next_set_up_mends_it(folder: Path) -> None:
    engine_care.verify(folder, no_report)
    module = next((folder / "venv").rglob("alpha.py"))
    module.write_text("version = 'broken'\n")
    with pytest.raises(RestageError, match=r"alpha.*alpha\.py.*Choose Set Up Engine") as caught:
        engine_care.verify(folder, no_report)
    assert caught.value.code == "engine_damaged"
    assert not engine.is_ready(folder, ["worker"])
    engine.set_up(folder, ["worker"], no_report)
    assert version_in(folder, "alpha") == "1.0"
    engine_care.verify(folder, no_report)


def test_a_compiled_file_of_a_wheel_that_was_made_anew_is_no_damage(folder: Path) -> None:
    compiled = next((folder / "venv").rglob("alpha.*.pyc"))
    record = next((folder / "venv").rglob("alpha-1.0.dist-info/RECORD"))
    lines = [line for line in record.read_text().splitlines() if ".pyc" not in line]
    # As in numpy's wheel: a hash of the compiled file that was packed.
    record.write_text("\n".join([*lines, f"__pycache__/{compiled.name},sha256=another,4"]) + "\n")
    engine_care.verify(folder, no_report)
    assert engine.is_ready(folder, ["worker"])


def test_removing_takes_what_was_made_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    (folder / "my notes.txt").write_text("keep")
    engine_care.remove(folder, no_report)
    assert [path.name for path in folder.iterdir()] == ["my notes.txt"]
    assert not engine.is_ready(folder, ["worker"])
    (folder / "my notes.txt").unlink()
    engine_care.remove(folder, no_report)
    assert not folder.exists()
    with pytest.raises(RestageError) as caught:
        engine_care.verify(folder, no_report)
    assert caught.value.code == "engine_missing"


def test_a_python_of_ones_own_serves_and_is_left_alone(folder: Path, tmp_path: Path) -> None:
    own = Path(engine.engine_python(folder))
    other = tmp_path / "other"
    assert engine_care.use_python(other, own, no_report) == own
    assert engine.is_ready(other, ["worker"]) and engine.engine_python(other) == own
    engine_care.verify(other, no_report)
    engine_care.remove(other, no_report)
    assert own.exists() and not other.exists()


def test_a_python_that_lacks_packages_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RestageError, match=r"lacks .*alpha \(ModuleNotFoundError\)") as caught:
        engine_care.use_python(tmp_path / "other", Path(sys.executable), no_report)
    assert caught.value.code == "python_unfit"
    with pytest.raises(RestageError, match="does not run as a Python"):
        engine_care.use_python(tmp_path / "other", Path("/bin/true"), no_report)
    assert not (tmp_path / "other").exists()


def test_the_plan_says_sizes_and_device_before_anything_is_made(folder: Path, tmp_path: Path) -> None:
    plan = engine_care.plan(tmp_path / "new", ["worker"])
    assert not (tmp_path / "new").exists()
    assert plan.download > 0 and plan.disk > plan.download
    assert plan.accelerator.kind in ("cpu", "cuda", "mps")
    assert engine_care.plan(folder, ["worker"]).download == 0
    fetched = tmp_path / "new" / "downloads"
    fetched.mkdir(parents=True)
    for wheel in (tmp_path / "wheels").glob("*.whl"):
        (fetched / wheel.name).write_bytes(wheel.read_bytes())
    again = engine_care.plan(tmp_path / "new", ["worker"])
    assert (again.download, again.disk) == (0, plan.disk)


def test_a_failing_self_test_leaves_the_engine_unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_engine(tmp_path, monkeypatch)
    message = '{"event": "error", "code": "self_test_failed", "message": "No person."}'
    monkeypatch.setattr(engine, "SELF_TEST", ("-c", f"print({message!r}); raise SystemExit(1)"))
    with pytest.raises(RestageError, match=r"No person\.") as caught:
        engine.set_up(tmp_path / "engine", ["worker"], no_report)
    assert caught.value.code == "self_test_failed"
    assert not engine.is_ready(tmp_path / "engine", ["worker"])

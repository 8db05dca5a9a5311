"""Wheels for a machine without a network: fetched by name, checked, and taken there."""

from pathlib import Path

import pytest

from core import engine_fetch, engine_packages, engine_wheels
from core.errors import RestageError
from tests.core.small_engine import build_wheel, small_engine, write_hashes


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for the network; what is in it has its hash, pip too."""
    small_engine(tmp_path, monkeypatch)
    build_wheel(tmp_path / "wheels", "pip", engine_packages.PIP.partition("==")[2])
    build_wheel(tmp_path / "wheels", "torch", "1.0")
    write_hashes(engine_wheels.HASHES, tmp_path / "wheels")
    return tmp_path / "wheels"


@pytest.mark.parametrize(("system", "torch"), [("linux", "1.0+cpu"), ("windows", "1.0"), ("macos", "1.0")])
def test_it_fetches_what_another_machine_needs(
    wheels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], system: str, torch: str
) -> None:
    folder = tmp_path / "other machine"
    if system != "linux":
        # pip would take it for the newer one.
        (wheels / "torch-1.0+cpu-py3-none-any.whl").unlink()
    assert engine_fetch.main([str(folder), "--system", system, "--python", "3.13"], "fetch") == 0
    found = {path.name.removesuffix("-py3-none-any.whl") for path in folder.iterdir()}
    assert found == {"alpha-1.0", f"torch-{torch}", engine_packages.PIP.replace("==", "-")}
    assert f"3 wheels in {folder}" in capfd.readouterr().out


def test_another_file_and_a_failure_are_one_sentence(
    wheels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build_wheel(wheels, "alpha", "1.0", b"something else")
    assert engine_fetch.main([str(tmp_path / "folder"), "--system", "linux"], "fetch") == 1
    assert "is not the file that Restage was tested with" in capfd.readouterr().err
    (wheels / "alpha-1.0-py3-none-any.whl").unlink()
    assert engine_fetch.main([str(tmp_path / "another"), "--system", "linux"], "fetch") == 1
    assert capfd.readouterr().err.splitlines()[-1].startswith("Not every wheel could be fetched")


def test_one_folder_may_serve_several_systems(wheels: Path) -> None:
    (wheels / "alpha-1.0-cp313-cp313-win_amd64.whl").write_bytes(b"of another system")
    engine_packages.check_source(wheels, ["alpha==1.0"], (3, 13), "linux")


def test_what_lacks_is_named_with_the_command_that_brings_it(wheels: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    wanted = ["torch==1.0", "nvidia-thing==13.0"]
    with pytest.raises(RestageError, match="restage fetch FOLDER --system linux --python 3.13 --cuda`") as caught:
        engine_packages.check_source(tmp_path / "empty", wanted, (3, 13), "linux")
    assert caught.value.code == "wheels_missing"
    with pytest.raises(RestageError, match="restage fetch FOLDER --system windows --python 3.11`"):
        engine_packages.check_source(tmp_path / "empty", wanted[:1], (3, 11), "win32")


def test_a_python_without_pip_makes_one_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = engine_fetch.subprocess.run

    def run(command: list[str], **options: object) -> object:
        # As in Blender's Python: `-m pip` fails.
        return real([command[0], "-c", "raise SystemExit(1)"] if "pip" in command else command, **options)

    monkeypatch.setattr(engine_fetch.subprocess, "run", run)
    python = engine_fetch._python_with_pip(tmp_path)
    assert Path(python).is_relative_to(tmp_path)
    assert real([python, "-m", "pip", "--version"], capture_output=True).returncode == 0

"""The engine's rules: what it installs, when it counts as ready, and that an interrupted set-up is gone on with.

The environments here are real ones, made from a small lock, without a network: its one package is a wheel that the
test builds.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import engine, engine_system
from core.errors import RestageError
from tests.core.small_engine import no_report, small_engine, version_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return small_engine(tmp_path, monkeypatch)


def test_set_up_installs_what_the_lock_says(small_lock: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    lines: list[str] = []
    assert not engine.is_ready(folder, ["worker"])
    python = engine.set_up(folder, ["worker"], lambda line, part: lines.append(line))
    assert python == engine.engine_python(folder)
    assert engine.is_ready(folder, ["worker"])
    assert not engine.is_ready(folder, ["worker", "test"])
    assert version_in(folder, "alpha") == "1.0"
    assert version_in(folder, "beta") == ""
    assert lines[0] == "Making the virtual environment"
    assert lines[-1] == "The engine is ready"
    lines.clear()
    engine.set_up(folder, ["worker"], lambda line, part: lines.append(line))
    assert lines == []


def test_changed_lock_updates_and_removes(small_lock: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    engine.set_up(folder, ["test"], no_report)
    assert version_in(folder, "beta") == "1.0"
    small_lock.write_text("# [worker]\ntorch==1.0\nalpha==2.0\n# [blender]\n# [test]\n")
    engine.IMPORTS["test"] = "sys"
    assert not engine.is_ready(folder, ["worker"])
    engine.set_up(folder, ["worker"], no_report)
    assert version_in(folder, "alpha") == "2.0"
    assert version_in(folder, "beta") == ""
    assert engine.is_ready(folder, ["worker", "test"])


def test_failure_shows_the_log_and_the_next_run_goes_on(small_lock: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    good = small_lock.read_text()
    small_lock.write_text(good.replace("alpha==1.0", "alpha==3.0"))
    with pytest.raises(RestageError) as caught:
        engine.set_up(folder, ["worker"], no_report)
    assert caught.value.code == "setup_failed"
    assert "alpha==3.0" in str(caught.value)
    assert not engine.is_ready(folder, ["worker"])
    small_lock.write_text(good)
    engine.set_up(folder, ["worker"], no_report)
    assert version_in(folder, "alpha") == "1.0"


def test_without_a_network_it_says_so(small_lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(RestageError, match="The network did not answer") as caught:
        engine.set_up(tmp_path / "engine", ["worker"], no_report)
    assert caught.value.code == "setup_failed"


def test_half_installed_package_is_installed_again(small_lock: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    engine.set_up(folder, ["worker"], no_report)
    module = next((folder / "venv").rglob("alpha.py"))
    # What a power cut in the middle of pip leaves: some files, the metadata without its record, no stamp.
    module.unlink()
    (module.parent / "alpha-1.0.dist-info" / "RECORD").unlink()
    (folder / "ready.json").unlink()
    engine.set_up(folder, ["worker"], no_report)
    assert version_in(folder, "alpha") == "1.0"


def test_broken_environment_is_made_anew(small_lock: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    engine.set_up(folder, ["worker"], no_report)
    python = engine.engine_python(folder)
    python.unlink()
    assert not engine.is_ready(folder, ["worker"])
    engine.set_up(folder, ["worker"], no_report)
    assert version_in(folder, "alpha") == "1.0"


def test_stopping_ends_pip_and_can_be_gone_on_with(small_lock: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"

    def stop(line: str, part: float) -> None:
        if line == "Installing packages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.set_up(folder, ["worker"], stop)
    assert not engine.is_ready(folder, ["worker"])
    engine.set_up(folder, ["worker"], no_report)
    assert engine.is_ready(folder, ["worker"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_second_set_up_waits_and_survives_a_kill_of_the_first(small_lock: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    hold = "from pathlib import Path; from core import engine_run; import time\n"
    hold += f"with engine_run.only_one(Path({str(folder)!r})"
    hold += " / 'setup.lock', print): print('held', flush=True); time.sleep(60)"
    first = subprocess.Popen(
        [sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True, env=engine.worker_environment()
    )
    assert first.stdout is not None and first.stdout.readline() == "held\n"
    lines: list[str] = []

    def kill_first(line: str, part: float) -> None:
        lines.append(line)
        if line.startswith("Waiting"):
            first.send_signal(signal.SIGKILL)
            first.wait()
            time.sleep(0.05)

    engine.set_up(folder, ["worker"], kill_first)
    assert lines[0] == "Waiting for another set-up to finish"
    assert engine.is_ready(folder, ["worker"])


def test_the_callers_python_settings_do_not_reach_the_engine(
    small_lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "engine"
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "alpha.py").write_text("version = 'foreign'\n")
    monkeypatch.setenv("PYTHONPATH", str(foreign))
    monkeypatch.setenv("PYTHONHOME", str(foreign))
    monkeypatch.setenv("PIP_TARGET", str(foreign))
    monkeypatch.setenv("PIP_USER", "1")
    engine.set_up(folder, ["worker"], no_report)
    assert version_in(folder, "alpha") == "1.0"
    assert [path.name for path in foreign.iterdir()] == ["alpha.py"]


CARDS = {
    "NVIDIA H100 80GB HBM3, 580.95.05, 9.0": ("cuda", "NVIDIA H100 80GB HBM3 (CUDA)"),
    "NVIDIA GeForce RTX 2060, 581.29, 7.5": ("cuda", "NVIDIA GeForce RTX 2060 (CUDA)"),
    "NVIDIA GeForce RTX 4090, 566.36, 8.9": (
        "cpu",
        "Processor (update the driver of NVIDIA GeForce RTX 4090, 566, to 580 for CUDA)",
    ),
    "NVIDIA GeForce GTX 1080, 580.88, 6.1": ("cpu", "Processor (NVIDIA GeForce GTX 1080 is too old for CUDA 13)"),
    "NVIDIA GeForce GTX 1080, 580.88, 6.1\nNVIDIA RTX A4000, 580.88, 8.6": ("cuda", "NVIDIA RTX A4000 (CUDA)"),
    'Field "compute_cap" is not a valid field to query.': ("cpu", "Processor"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for nvidia-smi is a shell script")
@pytest.mark.parametrize("answer", CARDS)
@pytest.mark.parametrize("system", ["Linux", "Windows"])
def test_a_card_that_torch_can_use_is_found(
    system: str, answer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n")
    tool.chmod(0o755)
    monkeypatch.setattr(engine_system.platform, "system", lambda: system)
    monkeypatch.setattr(engine_system.shutil, "which", lambda name: str(tool))
    assert engine_system.find_accelerator() == engine_system.Accelerator(*CARDS[answer])


def test_a_mac_has_metal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_system.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(engine_system.platform, "machine", lambda: "arm64")
    assert engine_system.find_accelerator().kind == "mps"


def test_unsupported_python_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    monkeypatch.setattr(engine_system.shutil, "which", lambda name: None)
    with pytest.raises(RestageError, match=r"3\.11") as caught:
        engine_system.find_python()
    assert caught.value.code == "python_unsupported"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux leaves libraries to the system")
def test_missing_system_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        engine_system, "SYSTEM_LIBRARIES", {"worker": {"libnone.so.7": "libnone7", "libc.so.6": "libc6"}}
    )
    assert engine_system.missing_packages(sys.executable, ["worker", "test"]) == {"libnone.so.7": "libnone7"}
    with pytest.raises(RestageError, match=r"libnone\.so\.7.*apt-get install libnone7"):
        engine_system.provide_packages(sys.executable, ["worker"], False, no_report)


def test_unknown_group_is_refused() -> None:
    with pytest.raises(ValueError, match="no such group: workers"):
        engine.ordered(["workers"])


def test_engine_starts_as_a_file_with_a_bare_python(tmp_path: Path) -> None:
    command = [sys.executable, "-s", "-E", "-S", str(ROOT / "core" / "engine.py"), "--folder", str(tmp_path), "check"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert answer.returncode == 1
    assert "is not set up" in answer.stdout

"""The engine: the Python environment that runs core, made from one lock, checked, and repaired.

    python3 core/engine.py demo      set up, then reconstruct the bundled clip
    python3 core/engine.py test      set up, then run every test

Blender's Set Up button calls the same functions. Standard library only: a bare Python must be able to read this file.

    FOLDER/venv/            the virtual environment
    FOLDER/setup.log        what pip said in the last set-up
    FOLDER/ready.json       written last: the lock's hash, the groups and packages that are installed
    FOLDER/setup.lock       held while a set-up runs
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

if __package__:
    from .engine_system import Report, clean_environment, find_python, has_cuda, provide_packages
    from .errors import RestageError
else:  # started as a file: python3 core/engine.py
    from engine_system import Report, clean_environment, find_python, has_cuda, provide_packages
    from errors import RestageError

ROOT = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).resolve().with_name("engine.lock")
GROUPS = ("worker", "pamir", "training", "blender", "test")
# Where PyTorch publishes its builds without CUDA; PyPI has only the one with CUDA for Linux.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# What must import before a group counts as installed.
IMPORTS = {
    "worker": "torch, numpy, scipy, skimage.measure, cv2, mediapipe, av, trimesh, embreex, safetensors",
    "pamir": "smplx.lbs",
    "training": "igl",
    "blender": "bpy",
    "test": "pytest, hypothesis",
}


def default_folder() -> Path:
    """The developers' engine: $RESTAGE_ENGINE, or `.engine` beside core. Blender passes its own folder instead."""
    return Path(os.environ.get("RESTAGE_ENGINE") or ROOT / ".engine").absolute()


def engine_python(folder: Path) -> Path:
    """The Python interpreter of the engine in a folder, whether or not it exists yet."""
    return folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def worker_command(folder: Path, *arguments: str) -> list[str]:
    """The command line of `python -m core ARGUMENTS`; run it with worker_environment(), from any folder."""
    return [str(engine_python(folder)), "-P", "-m", "core", *arguments]


def worker_environment() -> dict[str, str]:
    """Environment variables for the engine's Python: the caller's, cleaned, and core importable."""
    return clean_environment() | {"PYTHONPATH": str(ROOT)}


def is_ready(folder: Path, groups: Iterable[str]) -> bool:
    """Whether these groups are installed as the lock says. Reads two small files, so it is cheap enough to poll."""
    state = _read_state(folder)
    ready = state.get("lock") == _lock_hash() and set(groups) <= set(state.get("groups", ()))
    return ready and engine_python(folder).exists()


def set_up(folder: Path, groups: Iterable[str], report: Report, system_packages: bool = False) -> Path:
    """Make or repair the engine in `folder` and return its Python. At once when everything is there already.

    groups: of GROUPS; worker always comes along. report(line, part) hears every step and the part of it that is done,
    0-1; it may raise to stop the set-up, which the next call then goes on with.
    system_packages: allow apt-get to install missing system libraries.

    Raises RestageError `machine_unsupported`, `python_unsupported`, `system_packages_missing`, `setup_failed`.
    """
    wanted = ordered({"worker", *groups})
    if is_ready(folder, wanted):
        return engine_python(folder)
    base = find_python()
    provide_packages(base, wanted, system_packages, report)
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / "setup.lock", report), (folder / "setup.log").open("w", encoding="utf-8") as log:
        if is_ready(folder, wanted):
            return engine_python(folder)
        state = _read_state(folder)
        wanted = ordered({*wanted, *state.get("groups", ())})
        # From here on the environment counts as unfinished, until the stamp is written again.
        (folder / "ready.json").unlink(missing_ok=True)
        python = _make_environment(folder, base, log, report)
        requirements = folder / "requirements.txt"
        lines = lock_lines(wanted)
        requirements.write_text("\n".join(line for line in lines if not line.startswith("torch==")) + "\n")
        _pip(python, ["--no-deps", "-r", str(requirements)], log, _Step(report, "Installing packages", len(lines)))
        _install_torch(python, requirements, lines, log, report)
        _remove(python, set(state.get("packages", ())) - _names(lines), log)
        report("Checking that everything loads", 0.0)
        for group in wanted:
            # Blender's module may hang when the interpreter ends, hence the hard exit.
            _run([python, "-c", f"import os, {IMPORTS[group]}; os._exit(0)"], log)
        stamp = {"lock": _lock_hash(), "groups": wanted, "packages": sorted(_names(lock_lines(wanted)))}
        partial = folder / "ready.json.partial"
        partial.write_text(json.dumps(stamp))
        partial.replace(folder / "ready.json")
    report("The engine is ready", 1.0)
    return engine_python(folder)


def ordered(groups: Iterable[str]) -> list[str]:
    """The groups in their order of installation; raises ValueError for a name that is none."""
    unknown = set(groups) - set(GROUPS)
    if unknown:
        raise ValueError(f"no such group: {', '.join(sorted(unknown))}")
    return [group for group in GROUPS if group in set(groups)]


def lock_lines(groups: Iterable[str]) -> list[str]:
    """The lock's requirement lines for these groups, in the file's order."""
    chosen = []
    group = ""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        heading = re.fullmatch(r"# \[(\w+)\]", line)
        if heading:
            group = heading[1]
        elif line and not line.startswith("#") and group in groups:
            chosen.append(line)
    return chosen


def _lock_hash() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _names(lines: Iterable[str]) -> set[str]:
    return {line.split("==")[0] for line in lines}


def _read_state(folder: Path) -> dict[str, Any]:
    """The stamp of the last complete set-up; empty when there is none."""
    try:
        return dict(json.loads((folder / "ready.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _make_environment(folder: Path, base: str, log: TextIO, report: Report) -> str:
    """Make the virtual environment, or keep the one that is there if its Python and its pip work."""
    python = str(engine_python(folder))
    if Path(python).exists():
        version = "import sys, pip; print(sys.version)"
        answers = [
            subprocess.run([command, "-c", version], capture_output=True, env=clean_environment())
            for command in (python, base)
        ]
        if answers[0].returncode == 0 and answers[0].stdout == answers[1].stdout:
            _forget_half_installed(folder / "venv")
            return python
    report("Making the virtual environment", 0.0)
    if (folder / "venv").exists():
        shutil.rmtree(folder / "venv")
    _run([base, "-m", "venv", str(folder / "venv")], log)
    return python


def _forget_half_installed(environment: Path) -> None:
    """Remove the metadata of packages whose installation was cut off, so that pip installs them again.

    pip writes INSTALLER after all of a package's files and RECORD last.
    """
    for metadata in environment.rglob("site-packages/*.dist-info"):
        if not (metadata / "INSTALLER").exists() or not (metadata / "RECORD").exists():
            shutil.rmtree(metadata)


def _install_torch(python: str, requirements: Path, lines: list[str], log: TextIO, report: Report) -> None:
    """Install the build of torch that fits the machine: CPU on Linux without an NVIDIA card, else PyPI's own.

    PyPI's build for Windows is a CPU build and the one for macOS uses Metal.
    """
    torch = next(line for line in lines if line.startswith("torch=="))
    if not sys.platform.startswith("linux"):
        _pip(python, ["--no-deps", torch], log, _Step(report, f"Installing {torch}", 1))
    elif has_cuda():
        # torch itself names the exact versions of the NVIDIA packages that belong to it.
        arguments = [torch, "-c", str(requirements)]
        _pip(python, arguments, log, _Step(report, f"Installing {torch} for CUDA", 40))
    else:
        listen = _Step(report, f"Installing {torch}+cpu", 1)
        try:
            _pip(python, ["--no-deps", f"{torch}+cpu"], log, listen)
        except RestageError:
            _pip(python, ["--no-deps", f"{torch}+cpu", "--extra-index-url", TORCH_CPU_INDEX], log, listen)


def _remove(python: str, names: set[str], log: TextIO) -> None:
    """Uninstall packages that an older lock had and this one has not."""
    if names:
        _run([python, "-m", "pip", "uninstall", "-y", *sorted(names)], log)


class _Step:
    """Turns pip's lines into one reported step: its part done is the packages seen of those expected."""

    def __init__(self, report: Report, title: str, count: int) -> None:
        self._report, self._title, self._count, self._seen = report, title, count, 0

    def __call__(self, line: str) -> None:
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            self._seen += 1
        # The last tenth is left for unpacking, of which pip says nothing.
        self._report(self._title, min(0.9, 0.9 * self._seen / self._count))


def _pip(python: str, arguments: Sequence[str], log: TextIO, listen: _Step) -> None:
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--only-binary", ":all:"]
    _run([python, "-m", "pip", "install", *options, *arguments], log, listen)


def _run(command: Sequence[str], log: TextIO, listen: Callable[[str], None] | None = None) -> None:
    """Run a command to its end, its output into the log; end it when this process is told to stop."""
    log.write(f"$ {' '.join(command)}\n")
    tail: deque[str] = deque(maxlen=20)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=clean_environment(),
        close_fds=False,  # so that it inherits the hold of _only_one
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            log.write(line)
            log.flush()
            tail.append(line)
            if listen is not None:
                listen(line)
        code = process.wait()
    finally:
        process.kill()
        process.wait()
    if code != 0:
        raise RestageError(
            "setup_failed",
            f"{''.join(tail)}The set-up stopped because the command above failed; the whole log is {log.name}. Check"
            " the network and the free disk space (4 GB), then run it again: it goes on where it stopped.",
        )


@contextmanager
def _only_one(path: Path, report: Report) -> Iterator[None]:
    """Wait until no other set-up works in this folder, then hold it.

    The system drops the hold when the process ends, however it ends. pip inherits it: where a set-up was killed and
    its pip lives on, the next one waits for that pip instead of writing the same files.
    """
    with path.open("a") as stream:
        os.set_inheritable(stream.fileno(), True)
        while not _try_to_hold(stream):
            report("Waiting for another set-up to finish", 0.0)
            time.sleep(0.2)
        yield


def _try_to_hold(stream: TextIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    from engine_commands import main

    sys.exit(main())

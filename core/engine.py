"""The engine: the Python environment that runs core, made from one lock, checked, and repaired.

    python3 core/engine.py demo      set up, then reconstruct the bundled clip
    python3 core/engine.py test      set up, then run every test
    python3 core/engine.py fetch     fetch the packages for a machine without a network

Blender's Set Up button calls the same functions. Standard library only: a bare Python must be able to read this file.

    FOLDER/venv/            the virtual environment
    FOLDER/downloads/       wheels of a set-up that is not finished
    FOLDER/setup.log        what pip said in the last set-up
    FOLDER/ready.json       written last: the lock's hash, the groups and packages that are installed
    FOLDER/setup.lock       held while a set-up runs
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

if __package__:
    from .engine_packages import check_source, fetch, install, installed, provide_pip
    from .engine_run import only_one, run
    from .engine_system import Report, clean_environment, find_accelerator, find_python, provide_packages
    from .engine_wheels import GROUPS, download_size, lock_hash, requirements
    from .errors import RestageError
else:  # started as a file: python3 core/engine.py
    from engine_packages import check_source, fetch, install, installed, provide_pip
    from engine_run import only_one, run
    from engine_system import Report, clean_environment, find_accelerator, find_python, provide_packages
    from engine_wheels import GROUPS, download_size, lock_hash, requirements
    from errors import RestageError

ROOT = Path(__file__).resolve().parent.parent
# What must import before a group counts as installed.
IMPORTS = {
    "worker": "torch, numpy, scipy, skimage.measure, cv2, mediapipe, av, trimesh, embreex, safetensors",
    "pamir": "smplx.lbs",
    "training": "igl",
    "blender": "bpy",
    "test": "pytest, hypothesis",
}
# What the engine's Python is started with to try itself; the last line it prints is its `done` event.
SELF_TEST = ("-P", "-m", "core", "self-test", "--json")
# What a set-up writes into its folder, and so what Remove may take away.
CONTENTS = ("venv", "downloads", "ready.json", "ready.json.partial", "setup.log", "setup.lock", "requirements.txt")
# What packages take for every byte of their wheels: measured with the processor's, which shrink more than NVIDIA's do.
UNPACKED, UNPACKED_CUDA = 3.7, 2.2


def default_folder() -> Path:
    """The developers' engine: $RESTAGE_ENGINE, or `.engine` beside core. Blender passes its own folder instead."""
    return Path(os.environ.get("RESTAGE_ENGINE") or ROOT / ".engine").absolute()


def engine_python(folder: Path) -> Path:
    """The Python interpreter of the engine in a folder, whether or not it exists yet."""
    existing = read_state(folder).get("python")
    return Path(existing) if existing else environment_python(folder)


def environment_python(folder: Path) -> Path:
    """The Python of the environment that a set-up makes."""
    return folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def worker_command(folder: Path, *arguments: str) -> list[str]:
    """The command line of `python -m core ARGUMENTS`; run it with worker_environment(), from any folder."""
    return [str(engine_python(folder)), "-P", "-m", "core", *arguments]


def worker_environment() -> dict[str, str]:
    """Environment variables for the engine's Python: the caller's, cleaned, and core importable."""
    return clean_environment() | {"PYTHONPATH": str(ROOT)}


def is_ready(folder: Path, groups: Iterable[str]) -> bool:
    """Whether these groups are installed as the lock says. Reads two small files, so it is cheap enough to poll."""
    state = read_state(folder)
    ready = state.get("lock") == lock_hash() and set(groups) <= set(state.get("groups", ()))
    return ready and engine_python(folder).exists()


def set_up(
    folder: Path,
    groups: Iterable[str],
    report: Report,
    system_packages: bool = False,
    source: Path | None = None,
) -> Path:
    """Make or repair the engine in `folder` and return its Python. At once when everything is there already.

    groups: of GROUPS; worker always comes along. report(line, part) hears every step and the part of it that is done,
    0-1; it may raise to stop the set-up, which the next call then goes on with.
    system_packages: allow apt-get to install missing system libraries.
    source: a folder of wheels (engine_fetch.py) to install from instead of the network.

    Raises RestageError `machine_unsupported`, `python_unsupported`, `system_packages_missing`, `disk_full`,
    `wheels_missing`, `wheel_wrong`, `setup_failed`, and what the test at its end raises.
    """
    wanted = ordered({"worker", *groups})
    if is_ready(folder, wanted):
        return engine_python(folder)
    base = find_python()
    provide_packages(base, wanted, system_packages, report)
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder / "setup.lock", report), (folder / "setup.log").open("w", encoding="utf-8") as log:
        if is_ready(folder, wanted):
            return engine_python(folder)
        state = read_state(folder)
        wanted = ordered({*wanted, *state.get("groups", ())})
        accelerator = find_accelerator()
        version = python_version(base)
        lines = requirements(wanted, accelerator.kind, version)
        if source is not None:
            check_source(source, [line for line in lines if line not in installed(folder / "venv")], version)
        # From here on the environment counts as unfinished, until the stamp is written again.
        (folder / "ready.json").unlink(missing_ok=True)
        python = _make_environment(folder, base, log, report)
        todo = [line for line in lines if line not in installed(folder / "venv")]
        unpacked = unpacked_size(download_size(todo, version), accelerator.kind)
        _check_space(folder, download_size(todo, version, folder / "downloads") + unpacked)
        if todo:
            provide_pip(python, source, log)
            paths = fetch(python, todo, version, folder / "downloads", source, log, report)
            install(python, paths, log, report)
        _remove(python, set(state.get("packages", ())) - _names(lines), log)
        report("Checking that everything loads", 0.0)
        for group in wanted:
            # Blender's module may hang when the interpreter ends, hence the hard exit.
            run([python, "-c", f"import os, {IMPORTS[group]}; os._exit(0)"], log)
        tested = self_test(python, log, report)
        write_state(folder, {"groups": wanted, "packages": sorted(_names(lines))} | tested)
        shutil.rmtree(folder / "downloads", ignore_errors=True)
    report("The engine is ready", 1.0)
    return engine_python(folder)


def self_test(python: str, log: TextIO, report: Report) -> dict[str, Any]:
    """Let the engine reconstruct one picture; returns what core.self_test says of its device and versions.

    Raises RestageError with the code that it ended with, or `setup_failed`.
    """
    report("Testing it on one picture", 0.0)
    last: dict[str, Any] = {}

    def listen(line: str) -> None:
        if not line.startswith('{"event"'):
            return
        event = json.loads(line)
        if event["event"] == "stage":
            report("Testing it on one picture", event["index"] / (event["count"] + 1))
        elif event["event"] in ("done", "error"):
            last.update(event)

    try:
        run([python, *SELF_TEST], log, listen, worker_environment())
    except RestageError:
        if last.get("event") == "error":
            raise RestageError(str(last["code"]), str(last["message"])) from None
        raise
    return {name: last[name] for name in ("device", "device_name", "seconds", "versions") if name in last}


def read_state(folder: Path) -> dict[str, Any]:
    """The stamp of the last complete set-up; empty when there is none."""
    try:
        return dict(json.loads((folder / "ready.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def write_state(folder: Path, values: dict[str, Any]) -> None:
    """Stamp the engine in a folder as ready for today's lock."""
    partial = folder / "ready.json.partial"
    partial.write_text(json.dumps({"lock": lock_hash()} | values), encoding="utf-8")
    partial.replace(folder / "ready.json")


def python_version(python: str) -> tuple[int, int]:
    """Major and minor version of a Python."""
    code = "import sys; print(*sys.version_info[:2])"
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, env=clean_environment())
    major, minor = answer.stdout.split()
    return int(major), int(minor)


def ordered(groups: Iterable[str]) -> list[str]:
    """The groups in their order of installation; raises ValueError for a name that is none."""
    unknown = set(groups) - set(GROUPS)
    if unknown:
        raise ValueError(f"no such group: {', '.join(sorted(unknown))}")
    return [group for group in GROUPS if group in set(groups)]


def unpacked_size(wheels: int, accelerator: str) -> int:
    """Bytes on the disk of packages whose wheels have so many bytes."""
    return round(wheels * (UNPACKED_CUDA if accelerator == "cuda" else UNPACKED))


def _check_space(folder: Path, needed: int) -> None:
    """Raises RestageError `disk_full` when so many bytes would not fit."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise RestageError(
            "disk_full",
            f"The set-up needs {needed / 1e9:.1f} GB in {folder}, and {free / 1e9:.1f} GB is free. Free some"
            " space, or choose another folder for the engine.",
        )


def _names(lines: Iterable[str]) -> set[str]:
    return {line.split("==")[0] for line in lines}


def _make_environment(folder: Path, base: str, log: TextIO, report: Report) -> str:
    """Make the virtual environment, or keep the one that is there if its Python and its pip work."""
    python = str(environment_python(folder))
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
    run([base, "-m", "venv", str(folder / "venv")], log)
    return python


def _forget_half_installed(environment: Path) -> None:
    """Remove the metadata of packages whose installation was cut off, so that pip installs them again.

    pip writes INSTALLER after all of a package's files and RECORD last.
    """
    for metadata in environment.rglob("site-packages/*.dist-info"):
        if not (metadata / "INSTALLER").exists() or not (metadata / "RECORD").exists():
            shutil.rmtree(metadata)


def _remove(python: str, names: set[str], log: TextIO) -> None:
    """Uninstall packages that an older lock had and this one has not."""
    if names:
        run([python, "-m", "pip", "uninstall", "-y", *sorted(names)], log)


if __name__ == "__main__":
    from engine_commands import main

    sys.exit(main())

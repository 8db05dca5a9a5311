"""What is done with an engine besides making it: plan it, take a Python that is there, verify it, remove it.

Standard library only: Blender reads this file.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import base64
import csv
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .engine import CONTENTS, IMPORTS, environment_python, read_state, self_test, unpacked_size, write_state
from .engine_packages import installed
from .engine_run import only_one
from .engine_system import SUPPORTED_PYTHONS, Accelerator, Report, clean_environment, find_accelerator
from .engine_wheels import download_size, requirements
from .errors import RestageError


@dataclass(frozen=True)
class Plan:
    """What a set-up would do: bytes still to fetch and on the disk at the end, and what networks will run on."""

    folder: Path
    download: int
    disk: int
    accelerator: Accelerator


def plan(folder: Path, groups: Iterable[str]) -> Plan:
    """What making these groups in a folder takes, on this machine and with this Python."""
    accelerator = find_accelerator()
    version = sys.version_info[:2] if sys.version_info[:2] in SUPPORTED_PYTHONS else SUPPORTED_PYTHONS[0]
    have = installed(folder / "venv")
    todo = [line for line in requirements(groups, accelerator.kind, version) if line not in have]
    disk = unpacked_size(download_size(todo, version), accelerator.kind)
    return Plan(folder, download_size(todo, version, folder / "downloads"), disk, accelerator)


def use_python(folder: Path, python: Path, report: Report) -> Path:
    """Take a Python that the user has as the engine, and return it; nothing is installed into it.

    Raises RestageError `python_unfit` when it does not start or lacks packages, and what the test raises.
    """
    report("Looking at its packages", 0.0)
    modules = [name.strip() for name in IMPORTS["worker"].split(",")]
    code = (
        "import importlib, json, os\nlacking = []\n"
        f"for name in {modules!r}:\n    try:\n        importlib.import_module(name)\n"
        "    except Exception as error:\n        lacking.append(f'{name} ({type(error).__name__})')\n"
        "print()\nprint(json.dumps(lacking), flush=True)\nos._exit(0)\n"
    )
    try:
        answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, env=clean_environment())
        lacking = json.loads(answer.stdout.splitlines()[-1])
    except (OSError, ValueError, IndexError) as error:
        raise RestageError(
            "python_unfit", f"{python} does not run as a Python. Choose the interpreter itself, python or python.exe."
        ) from error
    if lacking:
        raise RestageError(
            "python_unfit",
            f"{python} lacks {', '.join(lacking)}. Install what core/engine.lock lists, or choose Set Up Engine.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder / "setup.lock", report), (folder / "setup.log").open("w", encoding="utf-8") as log:
        tested = self_test(str(python), log, report)
        write_state(folder, {"groups": ["worker"], "packages": [], "python": str(python)} | tested)
    report("The engine is ready", 1.0)
    return python


def verify(folder: Path, report: Report) -> None:
    """Check every file of the engine against the hash that its package lists, then test it on one picture.

    Damaged packages are forgotten, so that the next set-up installs them again. Raises RestageError `engine_missing`,
    `engine_damaged`, and what the test raises.
    """
    state = read_state(folder)
    if not state:
        raise RestageError("engine_missing", f"There is no engine in {folder}. Choose Set Up Engine.")
    with only_one(folder / "setup.lock", report), (folder / "setup.log").open("w", encoding="utf-8") as log:
        if "python" not in state:
            _check_files(folder, report)
        python = state.get("python") or str(environment_python(folder))
        write_state(folder, state | self_test(python, log, report))
    report("The engine is whole", 1.0)


def remove(folder: Path, report: Report) -> None:
    """Delete what a set-up made in a folder, and nothing else; a Python of the user's own stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder / "setup.lock", report):
        # First of all it stops counting as ready.
        (folder / "ready.json").unlink(missing_ok=True)
        # Package by package, since on a slow disk it takes a minute.
        venv = folder / "venv"
        packages = [] if venv.is_symlink() else [*venv.rglob("site-packages/*")]
        paths = [*packages, *(folder / name for name in CONTENTS if name != "setup.lock")]
        for number, path in enumerate(paths):
            report("Removing the engine", number / len(paths))
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    (folder / "setup.lock").unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
    report("The engine is removed", 1.0)


def _check_files(folder: Path, report: Report) -> None:
    records = sorted((folder / "venv").rglob("site-packages/*.dist-info/RECORD"))
    damaged: dict[str, str] = {}
    for number, record in enumerate(records):
        report("Checking every file", number / len(records))
        wrong = _first_damaged(record)
        if wrong:
            damaged[record.parent.name.split("-")[0]] = wrong
            # The next set-up takes a package without its record for half installed.
            record.unlink()
    if damaged:
        (folder / "ready.json").unlink()
        name, wrong = next(iter(damaged.items()))
        raise RestageError(
            "engine_damaged",
            f"Damaged packages of the engine: {', '.join(sorted(damaged))} (in {name}, {wrong}). Choose Set Up Engine;"
            " it installs these again.",
        )


def _first_damaged(record: Path) -> str:
    """The first file of a package that is missing or was changed; empty when all is well."""
    root = record.parent.parent
    with record.open(newline="", encoding="utf-8") as stream:
        for name, digest, *_size in csv.reader(stream):
            kind, _, value = digest.partition("=")
            # Compiled files are made anew at the installation, those too that a wheel brings (numpy's does).
            if kind != "sha256" or name.endswith(".pyc"):
                continue
            path = root / name
            if not path.is_file():
                return name
            with path.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").digest()
            if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != value:
                return name
    return ""

"""Fetch the engine's wheels into a folder, for a machine without a network; Install from Folder takes them there.

    blender --online-mode --command restage fetch FOLDER --system windows --python 3.11
    python3 core/engine.py fetch FOLDER --system windows --python 3.11        in a checkout, or the extension's folder

Every wheel is checked by its SHA-256. Standard library only: Blender and a bare Python read this file.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

if __package__:
    from .engine import environment_python
    from .engine_packages import PIP, PIP_OPTIONS, check_source
    from .engine_system import SUPPORTED_PYTHONS, SYSTEMS, clean_environment
    from .engine_wheels import index_options, requirements
    from .errors import ExitCode, RestageError
else:  # started as a file: python3 core/engine.py
    from engine import environment_python
    from engine_packages import PIP, PIP_OPTIONS, check_source
    from engine_system import SUPPORTED_PYTHONS, SYSTEMS, clean_environment
    from engine_wheels import index_options, requirements
    from errors import ExitCode, RestageError

# What pip calls the systems; a wheel for an older one fits too.
PLATFORMS = {
    "linux": ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    "macos": ["macosx_14_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64", "macosx_10_13_universal2"],
    "windows": ["win_amd64"],
}


def main(arguments: Sequence[str], program: str) -> int:
    """Fetch into the folder that is given; returns the exit code, and says a problem in one sentence on stderr."""
    options = _parse(arguments, program)
    groups = ["worker", "blender"] if options.blender else ["worker"]
    major, minor = map(int, options.python.split("."))
    try:
        _fetch(options.folder, groups, "cuda" if options.cuda else "cpu", (major, minor), options.system)
    except RestageError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    print(f"{len(list(options.folder.glob('*.whl')))} wheels in {options.folder}. Take the folder to the other machine")
    return ExitCode.OK


def _parse(arguments: Sequence[str], program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description="Fetch the engine's wheels, for another machine.")
    versions = ["{}.{}".format(*version) for version in SUPPORTED_PYTHONS]
    here = [name for name, platform in SYSTEMS.items() if platform == sys.platform]
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the wheels go; those that are there stay")
    parser.add_argument("--system", choices=sorted(PLATFORMS), default=here[0] if here else "linux")
    own = "{}.{}".format(*sys.version_info[:2])
    default = own if own in versions else versions[0]
    parser.add_argument(
        "--python", choices=versions, default=default, help="of the other machine's Blender (default: %(default)s)"
    )
    parser.add_argument("--cuda", action="store_true", help="for an NVIDIA card: 2 to 3 GB instead of 0.5")
    parser.add_argument("--blender", action="store_true", help="with the package bpy, for use without Blender")
    options = parser.parse_args(arguments)
    if options.cuda and options.system == "macos":
        parser.error("--cuda goes with --system linux or windows")
    return options


def _fetch(folder: Path, groups: Sequence[str], accelerator: str, version: tuple[int, int], system: str) -> None:
    """Raises RestageError `setup_failed` when pip cannot, `wheel_wrong` when a wheel is not the one that is known."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [*requirements(groups, accelerator, version, SYSTEMS[system]), PIP]
    number = "{}{}".format(*version)
    target = ["--python-version", "{}.{}".format(*version), "--implementation", "cp", "--abi", f"cp{number}"]
    target += ["--abi", "abi3", "--abi", "none"]
    target += [part for name in PLATFORMS[system] for part in ("--platform", name)]
    with tempfile.TemporaryDirectory() as temporary:
        command = [_python_with_pip(Path(temporary)), "-m", "pip", "download", *PIP_OPTIONS, "--no-deps"]
        command += ["--dest", str(folder), *target, *index_options(lines), *lines]
        if subprocess.call(command, env=clean_environment()) != 0:
            raise RestageError(
                "setup_failed",
                "Not every wheel could be fetched; pip says why above. Check the network, and run this again.",
            )
    check_source(folder, lines, version, SYSTEMS[system])


def _python_with_pip(folder: Path) -> str:
    """This Python where it has pip, else one of an environment in `folder`: Blender's Python has only what makes one.

    Raises RestageError `setup_failed` where it has not even that.
    """
    environment = clean_environment()
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, env=environment).returncode == 0:
        return sys.executable
    command = [sys.executable, "-m", "venv", str(folder / "venv")]
    if subprocess.run(command, capture_output=True, env=environment).returncode != 0:
        raise RestageError(
            "setup_failed",
            f"{sys.executable} has neither pip nor ensurepip, so it cannot fetch. Install pip for it, or run"
            " `python3 core/engine.py fetch` with another Python.",
        )
    return str(environment_python(folder))

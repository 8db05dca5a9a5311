"""Fetch the engine's wheels, for a machine without a network: python3 -m wheels.fetch [FOLDER] [--system … --python …].

Run it from the repository's root on any machine with a network; `--system` and `--python` name the one without. Blender
4.5 and 5.0 have Python 3.11, Blender 5.2 has 3.13. Every wheel is checked by its SHA-256.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from core.engine_packages import PIP, PIP_OPTIONS, TORCH_CPU_INDEX, check_source, requirements
from core.engine_system import SUPPORTED_PYTHONS, clean_environment

DEFAULT_FOLDER = Path(__file__).resolve().parent / "files"
HERE = {"linux": "linux", "darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
# What pip calls the systems; a wheel for an older one fits too.
PLATFORMS = {
    "linux": ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    "macos": ["macosx_14_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64", "macosx_10_13_universal2"],
    "windows": ["win_amd64"],
}
SYSTEM_NAMES = {"linux": "linux", "macos": "darwin", "windows": "win32"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch into the folder given, `wheels/files` by default; returns pip's exit code.

    Raises RestageError `wheel_wrong` when a wheel is not the one that Restage was tested with.
    """
    parser = argparse.ArgumentParser(prog="python3 -m wheels.fetch", description="Fetch the engine's wheels.")
    versions = ["{}.{}".format(*version) for version in SUPPORTED_PYTHONS]
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--system", choices=sorted(PLATFORMS), default=HERE)
    parser.add_argument("--python", choices=versions, default=versions[0], help="(default: %(default)s)")
    parser.add_argument("--cuda", action="store_true", help="for an NVIDIA card on Linux: 3 GB instead of 0.8")
    parser.add_argument("--blender", action="store_true", help="with the package bpy, for use without Blender")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    major, minor = map(int, options.python.split("."))
    groups = ["worker", "blender"] if options.blender else ["worker"]
    accelerator = "cuda" if options.cuda else "cpu"
    system = SYSTEM_NAMES[options.system]
    lines = [*requirements(groups, accelerator, (major, minor), system), PIP]
    target = ["--python-version", options.python, "--implementation", "cp", "--abi", f"cp{major}{minor}"]
    target += ["--abi", "abi3", "--abi", "none"]
    target += [part for name in PLATFORMS[options.system] for part in ("--platform", name)]
    index = ["--extra-index-url", TORCH_CPU_INDEX] if any("+cpu" in line for line in lines) else []
    command = [sys.executable, "-m", "pip", "download", *PIP_OPTIONS, "--no-deps", "--dest", str(options.folder)]
    code = subprocess.call([*command, *target, *index, *lines], env=clean_environment())
    if code == 0:
        check_source(options.folder, lines, (major, minor), system)
        print(f"{len(list(options.folder.glob('*.whl')))} wheels in {options.folder}")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""The machine under the engine: its Python, its graphics card and the system libraries that wheels expect.

Standard library only: Blender and a bare Python read this file.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

if __package__:
    from .errors import RestageError
else:  # started as a file: python3 core/engine.py
    from errors import RestageError

SUPPORTED_PYTHONS = ((3, 11), (3, 13))
# Names of the systems for people, and Python's own.
SYSTEMS = {"linux": "linux", "macos": "darwin", "windows": "win32"}
SUPPORTED_MACHINES = (("Linux", "x86_64"), ("Darwin", "arm64"), ("Windows", "AMD64"))

# What torch's build with CUDA 13 needs of an NVIDIA card: the branch of its driver, and Turing or newer.
LEAST_DRIVER, LEAST_CAPABILITY = 580, (7, 5)

# What the wheels of a group load from a Linux system, and the Debian package that has it. Desktops have them all.
SYSTEM_LIBRARIES: dict[str, dict[str, str]] = {
    "worker": {
        "libGL.so.1": "libgl1",
        "libEGL.so.1": "libegl1",
        "libgthread-2.0.so.0": "libglib2.0-0",
        "libX11.so.6": "libx11-6",
        "libXext.so.6": "libxext6",
        "libSM.so.6": "libsm6",
        "libICE.so.6": "libice6",
    },
    "blender": {
        "libXrender.so.1": "libxrender1",
        "libXfixes.so.3": "libxfixes3",
        "libXi.so.6": "libxi6",
        "libXt.so.6": "libxt6",
        "libxkbcommon.so.0": "libxkbcommon0",
        "libOpenGL.so.0": "libopengl0",
        "libEGL_mesa.so.0": "libegl-mesa0",
    },
}

Report = Callable[[str, float], None]


def clean_environment() -> dict[str, str]:
    """The caller's environment variables without those that would lead another Python astray.

    Blender, a shell's virtual environment or the user's own site-packages must not reach into the engine.
    """
    redirecting = ("PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(redirecting)}
    return kept | {"PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PIP_USER": "0"}


def find_python() -> str:
    """A Python that the lock covers: this one when it fits, else one from the path.

    Raises RestageError `machine_unsupported` or `python_unsupported`.
    """
    machine = (platform.system(), platform.machine())
    if machine not in SUPPORTED_MACHINES:
        raise RestageError(
            "machine_unsupported",
            f"Some of the packages have no build for {machine[0]} on {machine[1]}. Use Linux on x86_64, macOS on"
            " Apple silicon or Windows on x86_64.",
        )
    if sys.version_info[:2] in SUPPORTED_PYTHONS:
        return sys.executable
    for version in SUPPORTED_PYTHONS:
        name = "{}.{}".format(*version)
        for command in ([f"python{name}"], ["py", f"-{name}"]):
            question = f"import sys; print(sys.executable if sys.version_info[:2] == {version} else '')"
            if shutil.which(command[0]):
                answer = subprocess.run(
                    [*command, "-c", question], capture_output=True, text=True, env=clean_environment()
                )
                if answer.returncode == 0 and answer.stdout.strip():
                    return answer.stdout.strip()
    raise RestageError(
        "python_unsupported",
        f"This is Python {platform.python_version()}, and the packages exist for 3.11 and 3.13. Install Python 3.11"
        " (python.org, or your system's package python3.11 with python3.11-venv) and run this again.",
    )


@dataclass(frozen=True)
class Accelerator:
    """What networks will run on: `kind` is cuda, mps or cpu; `name` is for people."""

    kind: str
    name: str


def find_accelerator() -> Accelerator:
    """The graphics card that the engine's torch can use here, else the processor, and why where there is a card."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return Accelerator("mps", "Apple graphics (Metal)")
    tool = shutil.which("nvidia-smi")
    if tool:
        query = [tool, "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]
        # Blender on Windows has no console: without this, one would flash up.
        hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        answer = subprocess.run(query, capture_output=True, text=True, creationflags=hidden)
        found = [re.fullmatch(r"(.+), (\d+)[\d.]*, (\d+)\.(\d+)", line) for line in answer.stdout.splitlines()]
        cards = [_card(line[1], int(line[2]), (int(line[3]), int(line[4]))) for line in found if line]
        if cards:
            return next((card for card in cards if card.kind == "cuda"), cards[0])
        return Accelerator("cpu", "Processor")
    cards = Path("/proc/driver/nvidia/gpus")
    if cards.is_dir() and any(cards.iterdir()):
        return Accelerator("cuda", "NVIDIA card (CUDA)")
    return Accelerator("cpu", "Processor")


def _card(name: str, driver: int, capability: tuple[int, int]) -> Accelerator:
    """What an NVIDIA card with a driver of a branch, and a compute capability, is to torch's build with CUDA 13."""
    if capability < LEAST_CAPABILITY:
        return Accelerator("cpu", f"Processor ({name} is too old for CUDA 13)")
    if driver < LEAST_DRIVER:
        return Accelerator("cpu", f"Processor (update the driver of {name}, {driver}, to {LEAST_DRIVER} for CUDA)")
    return Accelerator("cuda", f"{name} (CUDA)")


def missing_packages(python: str, groups: Sequence[str]) -> dict[str, str]:
    """What a Linux system lacks for these groups: {library or module: Debian package}. Empty elsewhere."""
    if not sys.platform.startswith("linux"):
        return {}
    wanted = {library: package for group in groups for library, package in SYSTEM_LIBRARIES.get(group, {}).items()}
    # Another process loads them, so that nothing foreign enters this one, which may be Blender.
    probe = (
        "import ctypes, sys\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        ctypes.CDLL(name)\n"
        "    except OSError:\n"
        "        print(name)\n"
        "try:\n"
        "    import ensurepip, venv\n"
        "except ImportError:\n"
        "    print('ensurepip', 'python%d.%d-venv' % sys.version_info[:2])\n"
    )
    answer = subprocess.run(
        [python, "-c", probe, *wanted], capture_output=True, text=True, check=True, env=clean_environment()
    )
    lines = [line.split() for line in answer.stdout.splitlines()]
    return {line[0]: wanted[line[0]] if line[0] in wanted else line[1] for line in lines}


def provide_packages(python: str, groups: Sequence[str], install: bool, report: Report) -> None:
    """Install what `missing_packages` finds with apt-get, where that is allowed and possible without a password.

    Raises RestageError `system_packages_missing` with the command that installs the rest.
    """
    missing = missing_packages(python, groups)
    if not missing:
        return
    if install:
        install_packages(sorted(set(missing.values())), report)
        missing = missing_packages(python, groups)
    if missing:
        raise RestageError(
            "system_packages_missing",
            f"This system lacks {', '.join(sorted(missing))}. Install it as administrator (on Debian and Ubuntu:"
            f" apt-get install {' '.join(sorted(set(missing.values())))}) and run this again.",
        )


def install_packages(names: Sequence[str], report: Report) -> None:
    """Have apt-get install Debian packages, where it is there and no password is asked for; else do nothing."""
    prefix = _administrator_prefix() if shutil.which("apt-get") else None
    if prefix is None:
        return
    report(f"Installing system packages: {' '.join(names)}", 0.0)
    environment = clean_environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    fetch = ["apt-get", "install", "-y", "--no-install-recommends", *names]
    for command in (["apt-get", "update"], fetch):
        answer = subprocess.run(
            [*prefix, *command], capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL
        )
    if answer.returncode != 0:
        report(answer.stderr.strip(), 0.0)


def _administrator_prefix() -> list[str] | None:
    """What to put before a command that needs the administrator's rights; None where a password would be asked."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None

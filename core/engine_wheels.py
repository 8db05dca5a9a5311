"""Which wheels the engine is made of, on every machine: what engine.lock asks for, and engine.hashes answers.

Standard library only: Blender and a bare Python read this file.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import hashlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

GROUPS = ("worker", "pamir", "training", "blender", "test")
LOCK = Path(__file__).resolve().with_name("engine.lock")
HASHES = Path(__file__).resolve().with_name("engine.hashes")
CUDA_MARK = "# [cuda]"
# Where PyTorch publishes the builds that PyPI lacks, by the mark in their version: for Linux without CUDA, for Windows
# with it.
TORCH_INDEXES = {name: f"https://download.pytorch.org/whl/{name}" for name in ("cpu", "cu130")}

Version = tuple[int, int]


@dataclass(frozen=True)
class Wheel:
    """A line of engine.hashes; `size` in bytes."""

    sha256: str
    size: int
    name: str

    @property
    def requirement(self) -> str:
        """`name==version` of the package in it."""
        return requirement_of(self.name)

    def fits(self, version: Version, system: str = sys.platform) -> bool:
        """Whether it installs into a Python on a machine, by default this one."""
        python, abi, platform = self.name.removesuffix(".whl").split("-")[-3:]
        ours = {"linux": "linux", "darwin": "macosx", "win32": "win"}.get(system, "?")
        if platform != "any" and ours not in platform:
            return False
        number = "cp{}{}".format(*version)
        older = abi == "abi3" and int(python[3:] or 0) <= version[1]
        return python == number or older or "py3" in python.split(".")


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


def lock_hash() -> str:
    """SHA-256 of the lock, as hex: an engine belongs to one."""
    return sha256_of(LOCK)


def requirements(groups: Iterable[str], accelerator: str, version: Version, system: str = sys.platform) -> list[str]:
    """`name==version` of everything to install for these groups in a Python on a machine (`sys.platform`).

    accelerator: for Linux, `cuda` takes PyPI's torch and the NVIDIA packages with it, anything else PyTorch's own build
    for the processor. PyPI's torch for Windows is that for the processor, so `cuda` takes PyTorch's own build, which
    holds NVIDIA's libraries. PyPI's torch for macOS has Metal.
    """
    lines = [line.partition(" ; ") for line in lock_lines(groups)]
    chosen = [line for line, _, marker in lines if _applies(marker, version, system)]
    if system.startswith("linux"):
        if accelerator == "cuda":
            return chosen + sorted({wheel.requirement for wheel in wheels(CUDA_MARK) if wheel.fits(version, system)})
        return _marked(chosen, "cpu")
    return _marked(chosen, "cu130") if (system, accelerator) == ("win32", "cuda") else chosen


def _marked(lines: Iterable[str], build: str) -> list[str]:
    """Requirements with PyTorch's own build of torch, one of TORCH_INDEXES."""
    return [f"{line}+{build}" if line.startswith("torch==") else line for line in lines]


def index_options(lines: Iterable[str]) -> list[str]:
    """pip's options for the indexes that have PyTorch's own builds among these requirements."""
    wanted = [name for name in TORCH_INDEXES if any(line.endswith(f"+{name}") for line in lines)]
    return [option for name in wanted for option in ("--extra-index-url", TORCH_INDEXES[name])]


def wheels(section: str = "") -> list[Wheel]:
    """The wheels of engine.hashes, or only those below a heading of it."""
    found = []
    current = ""
    for line in HASHES.read_text(encoding="utf-8").splitlines() if HASHES.exists() else []:
        if line.startswith("# ["):
            current = line
        elif not line.startswith("#") and section in ("", current):
            sha256, size, name = line.split()
            found.append(Wheel(sha256, int(size), name))
    return found


def fitting_wheels(wanted: Iterable[str], version: Version, system: str = sys.platform) -> dict[str, list[Wheel]]:
    """The wheels that answer each requirement on a machine, the closest first; none for what the table lacks."""
    table: dict[str, list[Wheel]] = {requirement: [] for requirement in wanted}
    for wheel in wheels():
        if wheel.requirement in table and wheel.fits(version, system):
            table[wheel.requirement].append(wheel)
    number = "cp{}{}".format(*version)
    return {name: sorted(found, key=lambda wheel: number not in wheel.name) for name, found in table.items()}


def download_size(wanted: Iterable[str], version: Version, folder: Path | None = None) -> int:
    """Bytes of the wheels of these requirements; of those that do not lie in `folder` already, where it is given."""
    best = [found[0] for found in fitting_wheels(wanted, version).values() if found]
    have = {path.name for path in folder.glob("*.whl")} if folder else set()
    return sum(wheel.size for wheel in best if wheel.name not in have)


def _applies(marker: str, version: Version, system: str) -> bool:
    """Whether a marker of the lock holds: on the Python's version, or on the system."""
    if not marker:
        return True
    name, relation, value = marker.split()
    if name == "sys_platform":
        return system == value.strip('"')
    major, minor = value.strip('"').split(".")
    other = (int(major), int(minor))
    return version < other if relation == "<" else version >= other


def requirement_of(name: str) -> str:
    """`name==version` from the name of a wheel or of a package's metadata."""
    package, version = name.split("-")[:2]
    return f"{re.sub(r'[-_.]+', '-', package).lower()}=={version}"


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()

"""Write core/engine.hashes anew, after a change of core/engine.lock: python -m wheels.hashes

Run it from the repository's root, in a Python that has the packages uv and packaging. uv resolves nothing here that the
lock does not name, but for the NVIDIA packages that torch itself asks for; from its own lock come the names, sizes and
SHA-256 of the wheels, and for every machine that Restage supports the best one is kept.

Wheels of torch for the CPU on Linux, and with CUDA for Windows, lie on PyTorch's own indexes; lines of theirs (`+cpu`,
`+cu130`) are carried over, and are added by hand: sha256sum, size, name.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from core.engine_packages import PIP
from core.engine_system import SUPPORTED_PYTHONS
from core.engine_wheels import CUDA_MARK, GROUPS, HASHES, lock_lines

HEADING = """\
# SHA-256, bytes and name of every wheel that core/engine.lock stands for, on the machines that Restage supports;
# bytes with many zeros at their end are rounded.
# Written by wheels/hashes.py. Wheels below the second heading are for NVIDIA cards on Linux.
"""
PLATFORMS = {
    "linux": [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]
    + ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"],
    "macos": [f"macosx_{major}_0_{kind}" for major in range(15, 10, -1) for kind in ("arm64", "universal2")]
    + [f"macosx_10_{minor}_universal2" for minor in range(16, 3, -1)],
    "windows": ["win_amd64"],
}


def main() -> int:
    """Write the table; returns the exit code."""
    packages = resolve([*lock_lines(GROUPS), PIP])
    named = {line.split("==")[0] for line in lock_lines(GROUPS)} | {"pip"}
    main_wheels = {line for package in packages if package["name"] in named for line in best_wheels(package)}
    cuda = [package for package in packages if package["name"].startswith(("nvidia-", "cuda-", "triton"))]
    cuda_wheels = {line for package in cuda for line in best_wheels(package)}
    table = HASHES.read_text().splitlines() if HASHES.exists() else []
    kept = {line for line in table if re.search(r"\+c(pu|u\d+)-", line)}
    text = "\n".join([*by_name(main_wheels | kept), CUDA_MARK, *by_name(cuda_wheels)])
    HASHES.write_text(f"{HEADING}{text}\n", encoding="utf-8")
    print(f"{len(main_wheels | kept)} wheels, and {len(cuda_wheels)} for NVIDIA cards: {HASHES}")
    return 0


def by_name(lines: set[str]) -> list[str]:
    """The table's lines in the order of their wheels' names."""
    return sorted(lines, key=lambda line: line.split()[2].lower())


def resolve(requirements: list[str]) -> list[dict[str, Any]]:
    """uv's lock of these requirements: packages with their wheels."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "pyproject.toml"
        lines = json.dumps(requirements)
        project.write_text(
            f'[project]\nname = "engine"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = {lines}\n'
            "[tool.uv]\nenvironments = [\"sys_platform=='linux' and platform_machine=='x86_64'\","
            " \"sys_platform=='darwin' and platform_machine=='arm64'\", \"sys_platform=='win32'\"]\n"
        )
        subprocess.run([sys.executable, "-m", "uv", "lock", "--directory", folder], check=True)
        found = tomllib.loads((Path(folder) / "uv.lock").read_text())["package"]
    return [package for package in found if package.get("wheels")]


def best_wheels(package: dict[str, Any]) -> Iterator[str]:
    """The table's lines of a package: the wheel that pip would take, on every machine."""
    wheels = {wheel["url"].rpartition("/")[2]: wheel for wheel in package["wheels"]}
    for platforms in PLATFORMS.values():
        for version in SUPPORTED_PYTHONS:
            ranks = rank_tags(version, platforms)
            fits = {
                min(ranks[tag] for tag in parse_wheel_filename(name)[3] if tag in ranks): name
                for name in wheels
                if not ranks.keys().isdisjoint(parse_wheel_filename(name)[3])
            }
            if fits:
                name = fits[min(fits)]
                yield f"{wheels[name]['hash'].removeprefix('sha256:')} {wheels[name]['size']} {name}"


def rank_tags(version: tuple[int, int], platforms: list[str]) -> dict[Tag, int]:
    """The tags that fit a Python on a machine, by their rank: the lowest is the best."""
    interpreter = "cp{}{}".format(*version)
    tags = [*cpython_tags(version, platforms=platforms), *compatible_tags(version, interpreter, platforms)]
    return {tag: rank for rank, tag in enumerate(tags)}


if __name__ == "__main__":
    sys.exit(main())

"""The engine's packages: what the lock asks for, the wheels that answer it, and pip, which fetches and installs them.

Wheels are fetched into a folder of the engine first, a few at a time, so that whatever was fetched is kept when a
set-up is stopped; each must have the SHA-256 that engine.hashes gives. They are installed from there.

Standard library only: Blender and a bare Python read this file.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeVar

if __package__:
    from .engine_run import run
    from .engine_system import SYSTEMS, Report
    from .errors import RestageError
else:  # started as a file: python3 core/engine.py
    from engine_run import run
    from engine_system import SYSTEMS, Report
    from errors import RestageError

GROUPS = ("worker", "pamir", "training", "blender", "test")
LOCK = Path(__file__).resolve().with_name("engine.lock")
HASHES = Path(__file__).resolve().with_name("engine.hashes")
CUDA_MARK = "# [cuda]"
# It goes on with a file in the middle when a connection breaks; the pip that comes with Python cannot.
PIP = "pip==26.3"
# Where PyTorch publishes the builds that PyPI lacks, by the mark in their version: for Linux without CUDA, for Windows
# with it.
TORCH_INDEXES = {name: f"https://download.pytorch.org/whl/{name}" for name in ("cpu", "cu130")}
# Wheels are fetched and installed in batches of this many bytes: a stop loses no more, and a user sees it move.
BATCH = 40_000_000
PIP_OPTIONS = ("--no-input", "--disable-pip-version-check", "--only-binary", ":all:")

Version = tuple[int, int]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Wheel:
    """A line of engine.hashes; `size` in bytes."""

    sha256: str
    size: int
    name: str

    @property
    def requirement(self) -> str:
        """`name==version` of the package in it."""
        return _requirement(self.name)

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
    return _sha256(LOCK)


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


def installed(environment: Path) -> set[str]:
    """`name==version` of the packages in an environment whose installation was finished."""
    return {
        _requirement(f"{metadata.name.removesuffix('.dist-info')}-")
        for metadata in environment.rglob("site-packages/*.dist-info")
        if (metadata / "RECORD").exists()
    }


def fetch(
    python: str, wanted: Sequence[str], version: Version, folder: Path, source: Path | None, log: TextIO, report: Report
) -> list[Path]:
    """Fetch the wheels of these requirements into `folder` and return their paths; those that are there are kept.

    source: a folder of wheels to take them from instead of the network. Raises what `engine_run.run` raises.
    """
    table = fitting_wheels(wanted, version)
    folder.mkdir(parents=True, exist_ok=True)
    have = {path: _sha256(path) for path in folder.glob("*.whl")}
    todo = [
        line
        for line in wanted
        if not any(
            _requirement(path.name) == line and (not table[line] or sha256 in {wheel.sha256 for wheel in table[line]})
            for path, sha256 in have.items()
        )
    ]
    total = sum(table[line][0].size for line in todo if table[line])
    done = 0
    title = f"Downloading {max(1, round(total / 1e6))} MB" if source is None else "Copying packages"
    for batch in _batches(todo, lambda line: table[line][0].size if table[line] else None):
        size = sum(table[line][0].size for line in batch if table[line])
        _download(python, batch, table, folder, source, log, _Bytes(report, title, done, size, total))
        done += size
    paths = {_requirement(path.name): path for path in folder.glob("*.whl")}
    return [paths[line] for line in wanted]


def install(python: str, paths: Sequence[Path], log: TextIO, report: Report) -> None:
    """Install wheels that lie on the disk; a package that is there in the same version is left alone."""
    sizes = {path: path.stat().st_size for path in paths}
    done = 0
    # The small ones first, so that soon something moves.
    for batch in _batches(sorted(paths, key=sizes.__getitem__), sizes.get):
        report("Installing packages", done / sum(sizes.values()))
        run([python, "-m", "pip", "install", *PIP_OPTIONS, "--no-deps", "--no-index", *map(str, batch)], log)
        done += sum(sizes[path] for path in batch)


def provide_pip(python: str, source: Path | None, log: TextIO) -> None:
    """Give the environment the pip that goes on with broken downloads; keep its own where that is not to be had."""
    options = ["--no-index", "--find-links", str(source)] if source else []
    try:
        run([python, "-m", "pip", "install", *PIP_OPTIONS, *options, PIP], log)
    except RestageError as error:
        log.write(f"{error}\n")


def _download(
    python: str,
    batch: Sequence[str],
    table: dict[str, list[Wheel]],
    folder: Path,
    source: Path | None,
    log: TextIO,
    listen: _Bytes,
) -> None:
    lines = folder / "batch.txt"
    hashes = {line: [f"--hash=sha256:{wheel.sha256}" for wheel in table[line]] for line in batch}
    lines.write_text("\n".join(" ".join([line, *hashes[line]]) for line in batch) + "\n")
    command = [python, "-m", "pip", "download", *PIP_OPTIONS, "--no-deps", "--dest", str(folder), "-r", str(lines)]
    if PIP in installed(Path(python).parent.parent):
        command += ["--progress-bar", "raw", "--resume-retries", "8"]
    options = ["--no-index", "--find-links", str(source)] if source else []
    try:
        run([*command, *options], log, listen)
    except RestageError:
        if source or not index_options(batch):
            raise
        run([*command, *index_options(batch)], log, listen)
    finally:
        lines.unlink()


def _batches(items: Iterable[Item], size_of: Callable[[Item], int | None]) -> Iterator[list[Item]]:
    """Packages a few at a time. One of unknown size has no hash and goes alone: pip wants a hash of all or of none."""
    batch: list[Item] = []
    size = 0
    for item in items:
        more = size_of(item)
        if more is None:
            yield [item]
            continue
        if batch and size + more > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += more
    if batch:
        yield batch


def check_source(source: Path, wanted: Sequence[str], version: Version, system: str = sys.platform) -> None:
    """Whether a folder has a wheel for every requirement, and one of those that are known.

    Raises RestageError `wheels_missing` or `wheel_wrong`.
    """
    table = fitting_wheels(wanted, version, system)
    # A folder may serve several systems, so there may be several wheels of one package.
    there: dict[str, list[Path]] = {}
    for path in source.glob("*.whl"):
        if len(path.name.split("-")) >= 5:
            there.setdefault(_requirement(path.name), []).append(path)
    missing = [line for line in wanted if line not in there]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise RestageError(
            "wheels_missing",
            f"{source} lacks {', '.join(missing[:3])}{more}. Make the folder on a machine with a network, by"
            f" `{_fetch_command(wanted, version, system)}`, and choose it again.",
        )
    for line in wanted:
        known = {wheel.sha256 for wheel in table[line]}
        if known and not any(_sha256(path) in known for path in there[line]):
            raise RestageError(
                "wheel_wrong",
                f"{there[line][0]} is not the file that Restage was tested with: its SHA-256 is another one. Delete it"
                f" and fetch it again: `{_fetch_command(wanted, version, system)}`.",
            )


def _fetch_command(wanted: Sequence[str], version: Version, system: str) -> str:
    """What a user types on another machine for the folder that is wanted here (core/engine_fetch.py)."""
    names = [name for name, platform in SYSTEMS.items() if platform == system]
    options = ["--system", *names, "--python", "{}.{}".format(*version)]
    options += ["--cuda"] if any(line.startswith("nvidia-") or "+cu" in line for line in wanted) else []
    return " ".join(["blender --online-mode --command restage fetch FOLDER", *options])


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


def _requirement(name: str) -> str:
    """`name==version` from the name of a wheel or of a package's metadata."""
    package, version = name.split("-")[:2]
    return f"{re.sub(r'[-_.]+', '-', package).lower()}=={version}"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class _Bytes:
    """Turns pip's raw progress into the part of all bytes that is fetched."""

    def __init__(self, report: Report, title: str, before: int, size: int, total: int) -> None:
        self._report, self._title, self._before, self._size, self._total = report, title, before, size, total
        self._files, self._file, self._current = 0, 0, 0
        report(title, before / total if total else 0.0)

    def __call__(self, line: str) -> None:
        if found := re.match(r"Progress (\d+) of (\d+)", line):
            current, file = int(found[1]), int(found[2])
            if file != self._file:
                self._files, self._file = self._files + self._file, file
            done = self._before + min(self._size, self._files + current)
            self._report(self._title, min(1.0, done / self._total) if self._total else 0.0)

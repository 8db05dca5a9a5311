"""The engine's packages: pip, which fetches their wheels and installs them, and the folder that stands for a network.

Wheels are fetched into a folder of the engine first, a few at a time, so that whatever was fetched is kept when a
set-up is stopped; each must have the SHA-256 that engine.hashes gives. They are installed from there.

Standard library only: Blender and a bare Python read this file.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO, TypeVar

if __package__:
    from .engine_run import run
    from .engine_system import SYSTEMS, Report
    from .engine_wheels import Version, Wheel, fitting_wheels, index_options, requirement_of, sha256_of
    from .errors import RestageError
else:  # started as a file: python3 core/engine.py
    from engine_run import run
    from engine_system import SYSTEMS, Report
    from engine_wheels import Version, Wheel, fitting_wheels, index_options, requirement_of, sha256_of
    from errors import RestageError

# It goes on with a file in the middle when a connection breaks; the pip that comes with Python cannot.
PIP = "pip==26.3"
# Wheels are fetched and installed in batches of this many bytes: a stop loses no more, and a user sees it move.
BATCH = 40_000_000
PIP_OPTIONS = ("--no-input", "--disable-pip-version-check", "--only-binary", ":all:")

Item = TypeVar("Item")


def installed(environment: Path) -> set[str]:
    """`name==version` of the packages in an environment whose installation was finished."""
    return {
        requirement_of(f"{metadata.name.removesuffix('.dist-info')}-")
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
    have = {path: sha256_of(path) for path in folder.glob("*.whl")}
    todo = [
        line
        for line in wanted
        if not any(
            requirement_of(path.name) == line and (not table[line] or sha256 in {wheel.sha256 for wheel in table[line]})
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
    paths = {requirement_of(path.name): path for path in folder.glob("*.whl")}
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
            there.setdefault(requirement_of(path.name), []).append(path)
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
        if known and not any(sha256_of(path) in known for path in there[line]):
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

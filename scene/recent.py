"""The job folders of late, newest first. The list belongs to this machine and lies in the extension's own folder."""

import json
from pathlib import Path

from ..core.job import atomic_write
from .engine import user_folder

SCHEMA = 1
LENGTH = 8


def jobs() -> list[Path]:
    """Job folders that were worked on, newest first; those that are gone are left out."""
    return [folder for folder in _read() if (folder / "job.json").exists()]


def remember(folder: Path) -> None:
    """Put a job folder at the head of the list."""
    _write([folder, *(other for other in _read() if other != folder)])


def forget(folder: Path) -> None:
    """Take a job folder off the list; the folder itself stays."""
    _write([other for other in _read() if other != folder])


def _file() -> Path | None:
    """Where the list is; nowhere when the code runs without being installed."""
    folder = user_folder()
    return folder / "recent.json" if folder else None


def _read() -> list[Path]:
    path = _file()
    try:
        values = json.loads(path.read_text(encoding="utf-8")) if path else {}
        return [Path(text) for text in values["jobs"]] if values.get("schema") == SCHEMA else []
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _write(folders: list[Path]) -> None:
    path = _file()
    if path is None:
        return
    values = {"schema": SCHEMA, "jobs": [str(folder) for folder in folders[:LENGTH]]}
    with atomic_write(path) as stream:
        stream.write(json.dumps(values, indent=1).encode("utf-8"))

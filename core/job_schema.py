"""The format of job.json, its number, and the way from every older one to it. Standard library only.

A change of the format raises SCHEMA and adds one function to MIGRATIONS; older functions stay as they are, and
tests/core/job_formats/ keeps a file of each format.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import RestageError

SCHEMA = 2


def to_current(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The content of a job.json of any known format, in today's; `values` is not changed.

    folder: the job folder that it lies in. Raises RestageError `job_newer`; KeyError or TypeError when there is no
    number of a format.
    """
    values = dict(values)
    if values["schema"] > SCHEMA:
        raise RestageError(
            "job_newer",
            f"{folder / 'job.json'} was written by a newer Restage (format {values['schema']}, this one reads up to"
            f" {SCHEMA}). Update Restage and open it again.",
        )
    while values["schema"] < SCHEMA:
        number = values["schema"]
        values = MIGRATIONS[number](values, folder) | {"schema": number + 1}
    return values


def stored_path(path: str, folder: Path) -> str:
    """A path as job.json keeps it: relative to the job folder, so that clip and job can move together.

    It has forward slashes on every system, and stays absolute where Windows knows no way from one drive to another.
    """
    try:
        return Path(os.path.relpath(path, folder.absolute())).as_posix()
    except ValueError:
        return path


def resolved_path(path: str, folder: Path) -> str:
    """The absolute path of a stored one."""
    return os.path.normpath(folder.absolute() / path)


def _relative_source(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Format 1 kept the clip's absolute path."""
    source = dict(values["source"])
    if source.get("path"):
        source["path"] = stored_path(source["path"], folder)
    return values | {"source": source}


MIGRATIONS: dict[int, Callable[[dict[str, Any], Path], dict[str, Any]]] = {1: _relative_source}

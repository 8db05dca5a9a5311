"""Job folders of others: what job.json may say, and that nothing in the folder leads out of it."""

import json
import os
import re
from pathlib import Path
from typing import Any

from .arrays import finite
from .errors import RestageError

# job.json of a day's film at 60 frames a second stays below this.
LARGEST_FILE = 500_000_000
LAST_FRAME = 999_999
LONGEST_SIDE = 100_000
STATUSES = ("ok", "held", "no_person", "failed")


def refuse_links(folder: Path) -> None:
    """Raises RestageError `job_unsafe` when something below a job folder is a link, a pipe or a device: what is read
    and written, and removed, in a job folder lies in it."""
    pending = [folder]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
                    pending.append(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False):
                    raise RestageError(
                        "job_unsafe",
                        f"{entry.path} is a link or no ordinary file, so files outside the job folder could be read or"
                        " overwritten through it. Remove it, or choose another folder.",
                    )


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is Windows' other kind of link, which Python 3.11 takes for a folder."""
    reparse_point = 0x400
    attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(attributes & reparse_point)


def read_json(path: Path, largest: int = LARGEST_FILE) -> Any:
    """A JSON file's content. Raises OSError, or ValueError for whatever is wrong with it."""
    if not path.is_file():
        raise FileNotFoundError(2, "No such file", str(path))
    if path.stat().st_size > largest:
        raise ValueError("it is far too large")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def check_record(values: dict[str, Any]) -> None:
    """Raises ValueError, TypeError or KeyError when an entry of job.json is none that a job can have."""
    name = values["name"]
    _check_name(name)
    if not all(isinstance(key, str) and isinstance(mark, str) for key, mark in values["stages"].items()):
        raise TypeError("its stages are not marked by texts")
    _check_clip(values["clip"])
    for number, entry in values["frames"].items():
        if not 0 <= int(number) <= LAST_FRAME:
            raise ValueError(f"there is no frame {number}")
        if entry.get("status", "ok") not in STATUSES or not isinstance(entry.get("reason", ""), str):
            raise ValueError(f"frame {number} has no status that exists")
        finite(entry["time"])


def _check_name(name: Any) -> None:
    """Names become names of files."""
    separators = r"[/\\:\x00-\x1f]" if os.name == "nt" else r"[/\x00-\x1f]"
    if not isinstance(name, str) or name in ("", ".", "..") or len(name) > 255 or re.search(separators, name):
        raise ValueError(f"{str(name)[:40]!r} is no name")


def _check_clip(clip: dict[str, Any]) -> None:
    for side in ("width", "height"):
        if side in clip and not (type(clip[side]) is int and 0 < clip[side] <= LONGEST_SIDE):
            raise ValueError(f"its pictures have no {side} that exists")
    if "frame_rate" in clip and not 0.0 <= finite(clip["frame_rate"]) <= 1e6:
        raise ValueError("its frame rate is none")
    if "frame_count" in clip and not (type(clip["frame_count"]) is int and clip["frame_count"] >= 0):
        raise ValueError("its number of frames is none")
    for name in clip.get("names", {}).values():
        _check_name(name)

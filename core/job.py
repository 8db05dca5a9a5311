"""The job folder: one run's results on disk. docs/job-folder.md describes every file.

Standard library and numpy only: Blender reads and the worker writes through this module.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from .arrays import BODY, finite, read_arrays
from .errors import RestageError
from .job_check import check_record, read_json, refuse_links
from .job_paths import JobPaths
from .job_schema import SCHEMA, resolved_path, stored_path, to_current
from .settings import Settings
from .spaces import Camera, Crop

SUFFIX = ".restage"
# Ending of files that are being written; a run that is stopped or killed leaves at most one behind.
PARTIAL = ".partial"

OK = "ok"
HELD = "held"
NO_PERSON = "no_person"
FAILED = "failed"

# The value of clip["pictures"] of jobs whose pictures are kept without loss.
LOSSLESS = "png"


@dataclass
class FrameRecord:
    """One frame of the clip: its time in seconds, and what became of it (ok, held, no_person, failed)."""

    time: float
    status: str = OK
    reason: str = ""


@dataclass
class JobRecord:
    """The content of job.json. `source` names the clip, its `path` absolute here and relative in the file; `clip` has
    width, height, frame_rate and frame_count, and of a folder of pictures `names` by frame number; `stages` maps each
    finished stage to the fingerprint of its inputs; `frames` maps the clip's own frame numbers to their records."""

    name: str
    source: dict[str, Any]
    settings: Settings
    clip: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    frames: dict[int, FrameRecord] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


class Job(JobPaths):
    """A job folder on disk."""

    def __init__(self, folder: Path, record: JobRecord) -> None:
        super().__init__(folder)
        self.record = record

    @classmethod
    def open(cls, folder: Path) -> "Job":
        """Read an existing job; raises RestageError `job_unreadable`, `job_newer` or `job_unsafe`."""
        folder = folder.parent if folder.name == "job.json" else folder
        path = folder / "job.json"
        try:
            values = to_current(read_json(path), folder)
            check_record(values)
            refuse_links(folder)
            source: dict[str, Any] = dict(values["source"])
            if source.get("path"):
                source["path"] = resolved_path(str(source["path"]), folder)
            record = JobRecord(
                name=str(values["name"]),
                source=source,
                settings=Settings.from_dict(values["settings"]),
                clip=dict(values["clip"]),
                stages=dict(values["stages"]),
                frames={int(number): FrameRecord(**entry) for number, entry in values["frames"].items()},
                versions=dict(values["versions"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise RestageError(
                "job_unreadable",
                f"{folder} is not a readable job folder ({type(error).__name__}: {error}). Choose the folder that"
                " holds job.json, or run the reconstruction again with --restart.",
            ) from error
        return cls(folder, record)

    def save(self) -> None:
        """Write job.json atomically."""
        values: dict[str, Any] = asdict(self.record) | {"schema": SCHEMA}
        if values["source"].get("path"):
            values["source"]["path"] = stored_path(values["source"]["path"], self.folder)
        values["frames"] = {f"{number:06d}": asdict(entry) for number, entry in sorted(self.record.frames.items())}
        text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        with atomic_write(self.folder / "job.json") as stream:
            stream.write(text.encode("utf-8"))

    def picture_path(self, number: int) -> Path:
        """The clip's picture of a frame, upright and with square pixels."""
        ending = "png" if self.record.clip.get("pictures") == LOSSLESS else "jpg"
        return self.folder / "clip" / f"{number:06d}.{ending}"

    def person_frames(self) -> list[int]:
        """Numbers of the frames that show the person (ok or held), in order."""
        return [n for n, entry in sorted(self.record.frames.items()) if entry.status in (OK, HELD)]

    def finished_frames(self) -> list[int]:
        """Numbers of the frames whose mesh is on disk, in order."""
        return [number for number in self.person_frames() if self.mesh_path(number).exists()]

    def crops(self) -> dict[int, Crop]:
        """The crop of every frame with a person. Raises RestageError `job_unreadable`."""
        try:
            values = read_json(self.crops_path)
            crops = {int(number): _crop(entry) for number, entry in values.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
            raise RestageError(
                "job_unreadable",
                f"{self.crops_path} cannot be read ({type(error).__name__}: {error}). Run the reconstruction again with"
                " --restart.",
            ) from error
        return crops

    def camera(self) -> Camera:
        """The clip's camera, from body.npz. Raises RestageError `job_unreadable`."""
        values = read_arrays(self.body_path, BODY, "focal", "centre", "image_size", "camera_to_world")
        return Camera(
            focal=float(values["focal"]),
            centre=(float(values["centre"][0]), float(values["centre"][1])),
            width=int(values["image_size"][0]),
            height=int(values["image_size"][1]),
            camera_to_world=values["camera_to_world"],
        )


def _crop(entry: Any) -> Crop:
    x, y, side = finite(entry["centre"][0]), finite(entry["centre"][1]), finite(entry["side"])
    if side <= 0.0:
        raise ValueError(f"a crop's side is {side}")
    return Crop((x, y), side)


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only when it is complete and on disk, its name as well as its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Several processes may make the same file of a data set at once.
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL}")
    try:
        with partial.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        keep_names(path.parent)
    except BaseException:
        # On a full disk its space is needed.
        partial.unlink(missing_ok=True)
        raise


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left half-written."""
    for leftover in [*folder.rglob(f"*{PARTIAL}")]:
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink(missing_ok=True)


def keep_names(folder: Path) -> None:
    """Wait until what was renamed in a folder is on disk, where the system lets folders be synchronised."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network disks cannot.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def fingerprint(*parts: Any) -> str:
    """Hash of JSON values and of files (given as Path: their bytes count), to tell whether inputs changed."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            digest.update(file_hash(part).encode())
        else:
            digest.update(json.dumps(part, sort_keys=True).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

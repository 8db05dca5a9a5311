"""The stages in order: what turns a clip into a job folder."""

import json
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import __version__
from .clip import probe_clip
from .errors import Cancelled, RestageError
from .events import Events, progress
from .job import (
    FAILED,
    HELD,
    NO_PERSON,
    OK,
    PARTIAL,
    SUFFIX,
    Job,
    JobRecord,
    atomic_write,
    file_hash,
    fingerprint,
)
from .lock import locked
from .settings import Settings

# What each stage depends on beyond the stage before it: the names of settings.
STAGE_SETTINGS: dict[str, tuple[str, ...]] = {
    "person": ("frames",),
    "body": ("focal", "height"),
    "clothing": (),
    "colours": (),
    "frames": ("method", "preset"),
    "page": (),
}
LOCK_NAME = "run.lock"
# Under this name, the fingerprint that the meshes in frames/ belong to, finished or not.
FRAMES_BEGUN = "frames_begun"


def reconstruct(clip: Path, output: Path, settings: Settings, events: Events, restart: bool = False) -> Job:
    """Run every stage that is not done yet and return the job.

    clip: a video; output: the folder in which `NAME.restage` is made. A job of the same clip and settings goes on
    where it stopped, unless `restart`. Raises RestageError for whatever the user can mend, OSError when files cannot
    be written, KeyboardInterrupt or Cancelled when stopped; all finished work stays in the job.
    """
    if settings.method != "body":
        raise RestageError(
            "method_missing",
            f"The method '{settings.method}' is not part of this version yet; choose --method body.",
        )
    if not clip.is_file():
        raise RestageError("clip_missing", f"There is no file {clip}. Check the path of the clip.")
    # Before anything is made: a file that is no video leaves no folder behind.
    probe_clip(clip)
    folder = output / (clip.stem + SUFFIX)
    _make_folder(folder)
    with locked(folder / LOCK_NAME):
        job = open_job(clip, folder, settings, restart)
        run = _Run(job, clip, events)
        for stage, work in run.stages.items():
            run.stage(stage, work)
    return job


def open_job(clip: Path, folder: Path, settings: Settings, restart: bool = False) -> Job:
    """The job of a clip in its folder, continued if there is one of the same clip, else new; with `restart`, no stage
    counts as done. What a killed run left half-written is removed.

    Raises RestageError `job_other_clip`, `job_newer`, and `job_unreadable` unless `restart`.
    """
    for leftover in folder.rglob(f"*{PARTIAL}"):
        leftover.unlink()
    source = {"name": clip.name, "size": clip.stat().st_size, "sha256": file_hash(clip), "path": str(clip.resolve())}
    record = JobRecord(clip.stem, source, settings, versions={"restage": __version__})
    earlier = _earlier_job(folder, restart)
    if earlier is not None:
        if earlier.record.source.get("sha256") != source["sha256"]:
            raise RestageError(
                "job_other_clip",
                f"{folder} holds the job of another clip of the same name. Choose another output folder, or rename"
                " the clip.",
            )
        record.clip, record.frames = earlier.record.clip, earlier.record.frames
        record.stages = {} if restart else earlier.record.stages
    job = Job(folder, record)
    if earlier is None:
        job.save()
    return job


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RestageError(
            "output_unwritable",
            f"Cannot make the folder {folder} ({error.strerror}). Choose a folder that you may write to, with free"
            " space.",
        ) from error


def _earlier_job(folder: Path, restart: bool) -> Job | None:
    if not (folder / "job.json").exists():
        return None
    try:
        return Job.open(folder)
    except RestageError as error:
        if restart and error.code == "job_unreadable":
            return None
        raise


def frame_counts(job: Job) -> dict[str, int]:
    """How many frames ended how: {ok, held, no_person, failed}."""
    counts: dict[str, int] = {OK: 0, HELD: 0, NO_PERSON: 0, FAILED: 0}
    for record in job.record.frames.values():
        counts[record.status] += 1
    return counts


class _Run:
    """One pass over the stages: skips what is done, times and records what it does."""

    def __init__(self, job: Job, clip: Path, events: Events) -> None:
        self.job, self._clip, self._events = job, clip, events
        self.stages: dict[str, Callable[[], None]] = {
            "person": self._person,
            "body": self._body,
            "clothing": self._clothing,
            "colours": self._colours,
            "frames": self._frames,
            "page": self._page,
        }
        self._fingerprint = fingerprint(job.record.source["sha256"], __version__)
        # Seconds by stage, and whether those of the stage frames leave out frames that an interrupted run had made.
        self._timings, self._resumed = _read_timings(job)

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Do a stage, unless it was done with the same inputs before and its files are still there."""
        settings = self.job.record.settings.to_dict()
        self._fingerprint = fingerprint(self._fingerprint, name, {key: settings[key] for key in STAGE_SETTINGS[name]})
        index = list(self.stages).index(name) + 1
        done = self.job.record.stages.get(name) == self._fingerprint and _is_complete(self.job, name)
        self._events.emit("stage", stage=name, index=index, count=len(self.stages), skipped=done)
        if done:
            return
        # Not before the stage person, which keeps an earlier result until it has a new one: bad settings lose nothing.
        if name != "person":
            self._forget_from(name)
        started = time.perf_counter()
        work()
        self._timings[name] = round(time.perf_counter() - started, 3)
        self._write_timings()
        self.job.record.stages[name] = self._fingerprint
        self.job.save()

    def _forget_from(self, name: str) -> None:
        """This stage and those after it count as not done from now on, also if this run is killed within it."""
        names = list(self.stages)
        for later in names[names.index(name) :]:
            self.job.record.stages.pop(later, None)
            self._timings.pop(later, None)
        if name in names[: names.index("frames")]:
            self.job.record.stages.pop(FRAMES_BEGUN, None)
        self.job.save()

    def _person(self) -> None:
        from .person.stage import run_person

        run_person(self.job, self._clip, self._events)
        self._forget_from("person")

    def _body(self) -> None:
        from .body.stage import run_body

        run_body(self.job, self._events)

    def _clothing(self) -> None:
        from .surface.stage import run_clothing

        run_clothing(self.job, self._events)

    def _colours(self) -> None:
        from .texture.stage import run_colours

        run_colours(self.job, self._events)

    def _frames(self) -> None:
        from .reconstruction import FrameMaker

        record = self.job.record
        if record.stages.get(FRAMES_BEGUN) != self._fingerprint:
            self._begin_frames()
        resumed = bool(self.job.finished_frames())
        maker = FrameMaker(self.job)
        for number in progress(self.job.person_frames(), self._events, "frames"):
            if self.job.mesh_path(number).exists():
                continue
            try:
                maker.make(number)
            except Cancelled:
                raise
            except RestageError as error:
                record.frames[number].status, record.frames[number].reason = FAILED, str(error)
                self.job.save()
                self._events.emit("warning", code=error.code, message=f"Frame {number}: {error}")
        for name, seconds in maker.seconds.items():
            self._timings[name] = round(seconds, 3)
        self._resumed = resumed
        if not self.job.finished_frames():
            raise RestageError(
                "no_surface",
                "No frame could be reconstructed. Look at person/masks in the job folder for the reason, and run"
                " again with --restart.",
            )

    def _begin_frames(self) -> None:
        """Remove the meshes of other settings or another clip range, and give failed frames another chance."""
        from .person.stage import HELD_REASON

        for mesh in self.job.mesh_path(0).parent.glob("*.ply"):
            mesh.unlink()
        with np.load(self.job.landmarks_path, allow_pickle=False) as values:
            held = dict(zip(values["frames"].tolist(), values["held"].tolist(), strict=True))
        for number, frame in self.job.record.frames.items():
            if frame.status == FAILED:
                frame.status, frame.reason = (HELD, HELD_REASON) if held[number] else (OK, "")
        self.job.record.stages[FRAMES_BEGUN] = self._fingerprint
        self.job.save()

    def _page(self) -> None:
        from .preview import contact_sheet
        from .viewer import write_page

        contact_sheet(self.job)
        write_page(self.job)

    def _write_timings(self) -> None:
        values = {"stages": self._timings, "frames": len(self.job.person_frames()), "resumed": self._resumed}
        with atomic_write(self.job.timings_path) as stream:
            stream.write((json.dumps(values, indent=1) + "\n").encode())


def _is_complete(job: Job, stage: str) -> bool:
    """Whether the files of a finished stage are still there and, where one file decides all, can be read."""
    if stage == "frames":
        return len(job.finished_frames()) == len(job.person_frames())
    if stage == "page":
        return job.page_path.exists() and (job.preview_folder / "contact_sheet.png").exists()
    if stage == "person":
        pictures = all(job.picture_path(number).exists() for number in job.record.frames)
        shown = [number for number, entry in job.record.frames.items() if entry.status != NO_PERSON]
        masks = all(job.mask_path(number).exists() for number in shown)
        return pictures and masks and job.crops_path.exists() and _arrays_readable(job.landmarks_path)
    paths = {"body": job.body_path, "clothing": job.clothing_path, "colours": job.colours_path}
    return _arrays_readable(paths[stage])


def _arrays_readable(path: Path) -> bool:
    """Whether an npz file is whole: its archive keeps a checksum of every array."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile, zlib.error):
        return False


def _read_timings(job: Job) -> tuple[dict[str, float], bool]:
    """What earlier runs measured; missing or damaged figures are no reason to stop."""
    try:
        values = json.loads(job.timings_path.read_text(encoding="utf-8"))
        return dict(values["stages"]), bool(values["resumed"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}, False

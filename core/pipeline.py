"""The stages in order: what turns a clip into a job folder."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from . import __version__
from .body.stage import run_body
from .errors import RestageError
from .events import Events, progress
from .job import FAILED, HELD, NO_PERSON, OK, SUFFIX, Job, JobRecord, atomic_write, file_hash, fingerprint
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
# The fingerprint of the frames in progress, kept under this name until the stage is finished.
FRAMES_BEGUN = "frames_begun"


def reconstruct(clip: Path, output: Path, settings: Settings, events: Events, restart: bool = False) -> Job:
    """Run every stage that is not done yet and return the job.

    clip: a video; output: the folder in which `NAME.restage` is made. A job of the same clip and settings goes on
    where it stopped, unless `restart`. Raises RestageError for whatever the user can mend, KeyboardInterrupt or
    Cancelled when stopped; all finished work stays in the job.
    """
    if settings.method != "body":
        raise RestageError(
            "method_missing",
            f"The method '{settings.method}' is not part of this version yet; choose --method body.",
        )
    job = open_job(clip, output, settings)
    if restart:
        job.record.stages.clear()
        job.save()
    run = _Run(job, clip, events)
    for stage, work in run.stages.items():
        run.stage(stage, work)
    return job


def open_job(clip: Path, output: Path, settings: Settings) -> Job:
    """The job of a clip in an output folder, continued if it exists and holds the same clip, else new.

    Raises RestageError `clip_missing`, `output_unwritable` and `job_other_clip`.
    """
    if not clip.is_file():
        raise RestageError("clip_missing", f"There is no file {clip}. Check the path of the clip.")
    source = {"name": clip.name, "size": clip.stat().st_size, "sha256": file_hash(clip), "path": str(clip.resolve())}
    folder = output / (clip.stem + SUFFIX)
    versions = {"restage": __version__}
    if (folder / "job.json").exists():
        job = Job.open(folder)
        if job.record.source.get("sha256") != source["sha256"]:
            raise RestageError(
                "job_other_clip",
                f"{folder} holds the job of another clip of the same name. Choose another output folder, or rename"
                " the clip.",
            )
        job.record.settings, job.record.source, job.record.versions = settings, source, versions
        return job
    job = Job(folder, JobRecord(clip.stem, source, settings, versions=versions))
    try:
        job.save()
    except OSError as error:
        raise RestageError(
            "output_unwritable",
            f"Cannot write to {output} ({error.strerror}). Choose a folder that you may write to, with free space.",
        ) from error
    return job


def frame_counts(job: Job) -> dict[str, int]:
    """How many frames ended how: {ok, held, no_person, failed}."""
    counts: dict[str, int] = dict.fromkeys((OK, HELD, NO_PERSON, FAILED), 0)
    for record in job.record.frames.values():
        counts[record.status] += 1
    return counts


class _Run:
    """One pass over the stages: skips what is done, times and records what it does."""

    def __init__(self, job: Job, clip: Path, events: Events) -> None:
        self.job, self._clip, self._events = job, clip, events
        self.stages: dict[str, Callable[[], None]] = {
            "person": self._person,
            "body": lambda: run_body(job, events),
            "clothing": self._clothing,
            "colours": self._colours,
            "frames": self._frames,
            "page": self._page,
        }
        self._fingerprint = fingerprint(job.record.source["sha256"], __version__)
        self._timings: dict[str, float] = _read_timings(job)

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Do a stage, unless it was done with the same inputs before."""
        settings = self.job.record.settings.to_dict()
        self._fingerprint = fingerprint(self._fingerprint, name, {key: settings[key] for key in STAGE_SETTINGS[name]})
        index = list(self.stages).index(name) + 1
        done = self.job.record.stages.get(name) == self._fingerprint
        self._events.emit("stage", stage=name, index=index, count=len(self.stages), skipped=done)
        if done:
            return
        started = time.perf_counter()
        work()
        self._timings[name] = round(time.perf_counter() - started, 3)
        self._write_timings()
        # Whatever came after an outdated stage is outdated too; its fingerprint says so when its turn comes.
        self.job.record.stages[name] = self._fingerprint
        self.job.save()

    def _person(self) -> None:
        from .person.stage import run_person

        run_person(self.job, self._clip, self._events)

    def _clothing(self) -> None:
        from .surface.stage import run_clothing

        run_clothing(self.job, self._events)

    def _colours(self) -> None:
        from .texture.stage import run_colours

        run_colours(self.job, self._events)

    def _frames(self) -> None:
        from .reconstruction import FrameMaker

        stages = self.job.record.stages
        if stages.get(FRAMES_BEGUN) != self._fingerprint:
            for number in self.job.record.frames:
                self.job.mesh_path(number).unlink(missing_ok=True)
            stages[FRAMES_BEGUN] = self._fingerprint
            self.job.save()
        maker = FrameMaker(self.job)
        for number in progress(self.job.person_frames(), self._events, "frames"):
            if self.job.mesh_path(number).exists():
                continue
            try:
                maker.make(number)
            except RestageError as error:
                self.job.record.frames[number].status = FAILED
                self.job.record.frames[number].reason = str(error)
                self._events.emit("warning", code=error.code, message=f"Frame {number}: {error}")
        for name, seconds in maker.seconds.items():
            self._timings[name] = round(seconds, 3)
        if not self.job.finished_frames():
            raise RestageError(
                "no_surface", "No frame could be reconstructed. Look at person/masks in the job folder for the reason."
            )
        del stages[FRAMES_BEGUN]

    def _page(self) -> None:
        from .preview.contact_sheet import contact_sheet
        from .viewer import write_page

        contact_sheet(self.job)
        write_page(self.job)

    def _write_timings(self) -> None:
        values = {"stages": self._timings, "frames": len(self.job.person_frames())}
        with atomic_write(self.job.timings_path) as stream:
            stream.write((json.dumps(values, indent=1) + "\n").encode())


def _read_timings(job: Job) -> dict[str, float]:
    if not job.timings_path.exists():
        return {}
    return dict(json.loads(job.timings_path.read_text(encoding="utf-8"))["stages"])

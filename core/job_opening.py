"""From a clip to the job that holds what is made of it: a new one, or that of an earlier run."""

import errno
from pathlib import Path

from . import __version__
from .clip import probe_clip
from .errors import ExitCode, RestageError
from .job import SUFFIX, Job, JobRecord, remove_leftovers
from .job_check import refuse_links
from .open import WEIGHTS
from .settings import Settings
from .source import describe_source, holds_single_pictures, list_images


def check_source(clip: Path, settings: Settings) -> None:
    """Raises RestageError for a clip that is none, and for a method of which a part is missing."""
    if settings.method == "open" and not WEIGHTS.exists():
        raise RestageError(
            "method_missing",
            f"The network's weights, {WEIGHTS}, are not there: this copy of Restage is incomplete. Get a complete one,"
            " or choose --method body.",
        )
    if not clip.exists():
        raise RestageError("clip_missing", f"There is no file {clip}. Check the path of the clip.")
    if holds_single_pictures(clip, settings):
        list_images(clip)
        if settings.masks:
            raise RestageError(
                "bad_settings",
                "--masks is for clips. For single pictures put each NAME_mask.png beside its NAME.png.",
                ExitCode.BAD_ARGUMENTS,
            )
    else:
        probe_clip(clip, settings.rate)


def open_job(clip: Path, folder: Path, settings: Settings, restart: bool = False) -> Job:
    """The job of a clip in its folder, continued if there is one of the same clip, else new; with `restart`, no stage
    counts as done. What a killed run left half-written is removed.

    Raises RestageError `job_other_clip`, `job_newer`, `job_unsafe`, and `job_unreadable` unless `restart`.
    """
    refuse_links(folder)
    remove_leftovers(folder)
    source = describe_source(clip)
    record = JobRecord(folder.name.removesuffix(SUFFIX), source, settings, versions={"restage": __version__})
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


def make_folder(folder: Path) -> None:
    """Raises RestageError `output_unwritable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        instead = "Choose a folder that you may write to, with free space."
        if error.errno == errno.ENAMETOOLONG:
            instead = "Choose an output folder, or give the clip a name, that is shorter."
        raise RestageError(
            "output_unwritable", f"Cannot make the folder {folder} ({error.strerror}). {instead}"
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

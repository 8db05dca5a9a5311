"""A job's own clip and settings come back into the panel, so that its run can go on without choosing them again."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from ..core.job import Job
from ..core.settings import Settings, frame_range
from . import run

# Settings of a job that only a command gives, and those that the panel rounds.
BEYOND_PANEL = (
    "rate",
    "keypoints",
    "refine_masks",
    "body_params",
    "texture",
    "reference_quirks",
    "height",
    "focal",
)


def take_settings(folder: Path, settings: bpy.types.PropertyGroup) -> dict[str, str | bool]:
    """Put a job's clip and settings into a scene's, and return the engine's options beyond them, as `run.start` takes
    them.

    Raises RestageError `job_unreadable`, `job_newer`, `job_unsafe`; `video_missing` when the clip is not where it was;
    `job_renamed` when a run would work in another folder.
    """
    job = Job.open(folder)
    recorded, clip = job.record.settings, Path(job.record.source.get("path") or folder.parent / "clip")
    # First of all the clip, since choosing one forgets who was chosen in another.
    settings.clip = str(clip)
    settings.output = "" if folder.parent == clip.parent and clip.exists() else str(folder.parent)
    for name, value in recorded.to_dict().items():
        if name in settings.bl_rna.properties:
            setattr(settings, name, str(value) if name == "texture_size" else value)
    settings.use_character, settings.use_moving_texture = recorded.character, recorded.moving_texture
    settings.use_video = recorded.video
    span = frame_range(recorded.frames)
    settings.frame_start, settings.frame_end, settings.frame_step = span.start or 0, span.stop or 0, span.step or 1
    if not clip.exists():
        raise RestageError(
            "video_missing",
            f"The clip of {folder.name} is not at {clip} any more. Choose it in the panel and press Resume there.",
        )
    expected = run.job_folders(settings)[0]
    if expected != folder:
        raise RestageError(
            "job_renamed",
            f"A run of {clip.name} would work in {expected.name}, not in {folder.name}: the folder was renamed, or"
            " holds one of several people. Give it that name, or run the command again that made it.",
        )
    return {name: _option(value) for name in BEYOND_PANEL if (value := getattr(recorded, name)) != _DEFAULTS[name]}


_DEFAULTS = Settings().to_dict()


def _option(value: str | float | bool) -> str | bool:
    return value if isinstance(value, bool) else str(value)

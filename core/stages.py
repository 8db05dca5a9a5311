"""What the stages are: their order for each method, what they depend on, and when they are done."""

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .arrays import read_npy
from .job import NO_PERSON, Job, atomic_write, fingerprint
from .settings import MOST_PROMINENT, Settings

# The stages of each method.
ROUTES: dict[str, tuple[str, ...]] = {
    "body": ("person", "body", "clothing", "props", "colours", "frames", "character", "textures", "page", "video"),
    "open": ("person", "body", "clothing", "props", "colours", "frames", "character", "textures", "page", "video"),
    "pamir": ("person", "body", "frames", "page"),
}
# The stages that a job can do without, and the settings that ask for each.
OPTIONAL = {
    "character": ("character",),
    "textures": ("character", "moving_texture"),
    "video": ("character", "video"),
}
# Stages that no other depends on: each is done again only for what came before both.
LEAVES = ("page", "video")
# What each stage depends on beyond the stage before it: the names of settings.
STAGE_SETTINGS: dict[str, tuple[str, ...]] = {
    "person": ("frames", "rate", "person", "keypoints", "masks", "refine_masks", "steadiness"),
    "body": ("focal", "height", "steadiness"),
    "clothing": (),
    "props": (),
    "colours": (),
    "frames": ("method", "preset", "body_params", "texture", "reference_quirks"),
    "character": ("steadiness", "texture_size"),
    "textures": (),
    "page": (),
    "video": (),
}
# Settings that name files: what the files hold counts, not where they are.
PATH_SETTINGS = ("keypoints", "body_params")
# Under this name, the fingerprint that the meshes in frames/ belong to, finished or not.
FRAMES_BEGUN = "frames_begun"


def route(settings: Settings) -> tuple[str, ...]:
    """The stages of a job, in order."""
    return tuple(
        name for name in ROUTES[settings.method] if all(getattr(settings, asked) for asked in OPTIONAL.get(name, ()))
    )


def stage_inputs(settings: Settings, stage: str) -> dict[str, Any]:
    """The settings that a stage depends on, as JSON values, files replaced by the hashes of what they hold."""
    values = {name: value for name, value in settings.to_dict().items() if name in STAGE_SETTINGS[stage]}
    if values.get("person") == MOST_PROMINENT:
        # Chosen or not, it is the same person, whose job must not be done again.
        values["person"] = ""
    for name in PATH_SETTINGS:
        if values.get(name):
            values[name] = fingerprint(*sorted(file for file in Path(values[name]).iterdir() if file.is_file()))
    return values


def leaf_fingerprint(job: Job, stage: str) -> str:
    """What a leaf of a job is made from, as a run tells it; "" where the stages before it are not done."""
    before = [name for name in route(job.record.settings) if name not in LEAVES][-1]
    made_from = job.record.stages.get(before)
    return fingerprint(made_from, stage, stage_inputs(job.record.settings, stage)) if made_from else ""


def is_complete(job: Job, stage: str) -> bool:
    """Whether the files of a finished stage are still there and, where one file decides all, can be read."""
    if stage == "frames":
        return len(job.finished_frames()) == len(job.person_frames())
    if stage == "page":
        return job.page_path.exists() and (job.preview_folder / "contact_sheet.png").exists()
    if stage == "video":
        return job.character_video_path.exists()
    if stage == "character":
        arrays = job.character_vertices_path.exists() and job.character_frames_path.exists()
        arrays = arrays and job.character_texture_path.exists()
        return arrays and _arrays_readable(job.template_path) and _arrays_readable(job.skeleton_path)
    if stage == "textures":
        return _moving_texture_complete(job)
    if stage == "person":
        pictures = all(job.picture_path(number).exists() for number in job.record.frames)
        shown = [number for number, entry in job.record.frames.items() if entry.status != NO_PERSON]
        masks = all(job.mask_path(number).exists() for number in shown)
        return pictures and masks and job.crops_path.exists() and _arrays_readable(job.landmarks_path)
    may_be_missing = {
        "body": (job.own_face_path, job.shoes_path, job.heads_path),
        "colours": (job.light_path, job.grain_path, job.relief_path),
    }
    if any(path.exists() and not _arrays_readable(path) for path in may_be_missing.get(stage, ())):
        return False
    paths = {"body": job.body_path, "clothing": job.clothing_path, "colours": job.colours_path, "props": job.props_path}
    return _arrays_readable(paths[stage])


def _moving_texture_complete(job: Job) -> bool:
    try:
        numbers = read_npy(job.character_frames_path)
    except ValueError:
        return False
    return all(job.moving_texture_path(int(number)).exists() for number in numbers)


def _arrays_readable(path: Path) -> bool:
    """Whether an npz file is whole: its archive keeps a checksum of every array."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile, zlib.error):
        return False


@dataclass
class Timings:
    """timings.json: seconds by stage, and whether those of the stage frames leave out frames that an interrupted run
    had made."""

    stages: dict[str, float]
    resumed: bool

    @classmethod
    def read(cls, job: Job) -> "Timings":
        """What earlier runs measured; missing or damaged figures are no reason to stop."""
        try:
            values = json.loads(job.timings_path.read_text(encoding="utf-8"))
            return cls(dict(values["stages"]), bool(values["resumed"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls({}, False)

    def write(self, job: Job) -> None:
        values = {"stages": self.stages, "frames": len(job.person_frames()), "resumed": self.resumed}
        with atomic_write(job.timings_path) as stream:
            stream.write((json.dumps(values, indent=1) + "\n").encode())

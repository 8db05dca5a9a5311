"""A job folder becomes a collection: the sequence, the camera and the scene's timeline."""

import os
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..core.errors import RestageError
from ..core.job import FAILED, NO_PERSON, Job
from .camera import add_camera
from .material import show_colours_in_viewports
from .sequence import Gaps, add_sequence
from .timeline import match_timeline

JOB_KEY = "restage_job"


@dataclass(frozen=True)
class ImportOptions:
    """gaps: what shows where a frame has no mesh; camera: add it, with the clip; timeline: match the scene to it."""

    gaps: Gaps = "hold"
    camera: bool = True
    timeline: bool = True


@dataclass(frozen=True)
class Imported:
    """The new collection, the objects of its frames in order, and what the user should know in one line."""

    job: Job
    collection: bpy.types.Collection
    frames: list[bpy.types.Object]
    summary: str


def import_job(folder: Path, scene: bpy.types.Scene, options: ImportOptions) -> Imported:
    """Build a job in a scene; an earlier import of the same job there is replaced.

    Raises RestageError `job_unreadable`, `job_newer`, `mesh_unreadable`, or `job_empty` when no frame is finished;
    nothing stays behind then.
    """
    job = Job.open(resolved_path(str(folder)))
    if not job.finished_frames():
        raise RestageError(
            "job_empty",
            f"{job.folder.name} has no finished frame yet. Run the reconstruction again; it goes on where it stopped.",
        )
    if options.camera and not job.body_path.exists():
        raise RestageError(
            "job_unreadable", f"{job.folder.name} has no body/body.npz, which holds the camera. Run it again."
        )
    collection = bpy.data.collections.new(job.record.name)
    try:
        frames = add_sequence(job, collection, options.gaps)
        camera = add_camera(job, collection) if options.camera else None
        if options.timeline:
            match_timeline(job, scene)
    except BaseException:
        remove_collection(collection)
        raise
    for old in earlier_imports(job.folder, scene):
        remove_collection(old)
    collection.name = job.record.name
    scene.collection.children.link(collection)
    collection[JOB_KEY] = scene.restage.job = stored_path(job.folder)
    if camera is not None:
        scene.camera = camera
    show_colours_in_viewports()
    return Imported(job, collection, frames, _summary(job, len(frames)))


def earlier_imports(folder: Path, scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """Collections of a scene that were imported from a job folder."""
    return [
        collection
        for collection in scene.collection.children_recursive
        if JOB_KEY in collection and resolved_path(collection[JOB_KEY]) == resolved_path(str(folder))
    ]


def stored_path(folder: Path) -> str:
    """A path as a file should keep it: relative to the .blend, once that is saved, so that both can move together."""
    if not bpy.data.filepath:
        return str(folder)
    try:
        return bpy.path.relpath(str(folder))
    except ValueError:  # Windows has no relative path from one drive to another.
        return str(folder)


def resolved_path(text: str) -> Path:
    """The absolute path of a stored one."""
    return Path(os.path.normpath(bpy.path.abspath(text)))


def make_job_paths_relative(scene: bpy.types.Scene) -> None:
    """Store the jobs of a scene relative to the .blend, after that was saved for the first time."""
    for collection in scene.collection.children_recursive:
        if JOB_KEY in collection:
            collection[JOB_KEY] = stored_path(resolved_path(collection[JOB_KEY]))
    if scene.restage.job:
        scene.restage.job = stored_path(resolved_path(scene.restage.job))


def remove_collection(collection: bpy.types.Collection) -> None:
    """Remove a collection with its objects, and their meshes, cameras, actions and pictures that nobody else uses."""
    items = list(collection.objects)
    data = [item.data for item in items if item.data]
    actions = [item.animation_data.action for item in items if item.animation_data and item.animation_data.action]
    images = [b.image for d in data if isinstance(d, bpy.types.Camera) for b in d.background_images if b.image]
    bpy.data.batch_remove([*items, collection])
    bpy.data.batch_remove([block for block in {*data, *actions} if block.users == 0])
    bpy.data.batch_remove([image for image in set(images) if image.users == 0])


def _summary(job: Job, count: int) -> str:
    entries = [entry.status for entry in job.record.frames.values()]
    parts = [f"{count} of {len(entries)} frames"]
    if without := entries.count(NO_PERSON):
        parts.append(f"{without} without a person")
    if failed := entries.count(FAILED):
        parts.append(f"{failed} failed")
    return ", ".join(parts)

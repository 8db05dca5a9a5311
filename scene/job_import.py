"""A job folder becomes a collection: the sequence, the camera and the scene's timeline."""

import os
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import bpy

from ..core.errors import RestageError
from ..core.job import FAILED, NO_PERSON, Job
from ..core.spaces import Camera
from .camera import add_camera
from .material import show_colours_in_viewports
from .sequence import FRAME_KEY, Gaps, add_sequence, object_name
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
    camera = _read_camera(job)
    collection = bpy.data.collections.new(job.record.name)
    try:
        frames = add_sequence(job, collection, options.gaps)
        view = add_camera(job, camera, collection) if options.camera else None
        if options.timeline:
            match_timeline(job, camera, scene)
    except BaseException:
        remove_collection(collection)
        raise
    for old in earlier_imports(job.folder, scene):
        remove_collection(old)
    _claim_names(job, collection)
    scene.collection.children.link(collection)
    collection[JOB_KEY] = scene.restage.job = stored_path(job.folder, bpy.data.filepath)
    if view is not None:
        scene.camera = view
    show_colours_in_viewports()
    return Imported(job, collection, frames, _summary(job, len(frames)))


def earlier_imports(folder: Path, scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """Collections of a scene that were imported from a job folder."""
    return [
        collection
        for collection in scene.collection.children_recursive
        if JOB_KEY in collection and resolved_path(collection[JOB_KEY]) == resolved_path(str(folder))
    ]


def stored_path(path: Path, blend: str) -> str:
    """A path as a .blend should keep it: relative to it, if it has a name, so that both can move together."""
    if not blend:
        return str(path)
    try:
        return bpy.path.relpath(str(path), start=str(Path(blend).parent))
    except ValueError:  # Windows has no relative path from one drive to another.
        return str(path)


def resolved_path(text: str) -> Path:
    """The absolute path of a stored one."""
    return Path(os.path.normpath(bpy.path.abspath(text)))


def make_paths_relative(scene: bpy.types.Scene, blend: Path) -> None:
    """Store the jobs and pictures of a scene relative to the .blend that it is about to be saved as."""
    for collection in scene.collection.children_recursive:
        if JOB_KEY in collection:
            collection[JOB_KEY] = stored_path(resolved_path(collection[JOB_KEY]), str(blend))
    if scene.restage.job:
        scene.restage.job = stored_path(resolved_path(scene.restage.job), str(blend))
    for image in bpy.data.images:
        if image.source == "SEQUENCE":
            image.filepath = stored_path(resolved_path(image.filepath), str(blend))


def remove_collection(collection: bpy.types.Collection) -> None:
    """Remove a collection with its objects, and their meshes, cameras, actions and pictures that nobody else uses."""
    items = list(collection.objects)
    data = [item.data for item in items if item.data]
    actions = [item.animation_data.action for item in items if item.animation_data and item.animation_data.action]
    images = [b.image for d in data if isinstance(d, bpy.types.Camera) for b in d.background_images if b.image]
    bpy.data.batch_remove([*items, collection])
    bpy.data.batch_remove([block for block in {*data, *actions} if block.users == 0])
    bpy.data.batch_remove([image for image in set(images) if image.users == 0])


def _read_camera(job: Job) -> Camera:
    try:
        return job.camera()
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise RestageError(
            "job_unreadable",
            f"{job.body_path} does not hold the clip's camera ({type(error).__name__}: {error}). Run the"
            " reconstruction again.",
        ) from error


def _claim_names(job: Job, collection: bpy.types.Collection) -> None:
    """Take the plain names that an earlier import had until it was removed."""
    collection.name = job.record.name
    for item in collection.objects:
        item.name = object_name(job, item.get(FRAME_KEY), item.type)
        if item.data:
            item.data.name = item.name


def _summary(job: Job, count: int) -> str:
    entries = [entry.status for entry in job.record.frames.values()]
    parts = [f"{count} of {len(entries)} frames"]
    if without := entries.count(NO_PERSON):
        parts.append(f"{without} without a person")
    if failed := entries.count(FAILED):
        parts.append(f"{failed} failed")
    return ", ".join(parts)

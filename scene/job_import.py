"""A job folder becomes a collection: the sequence, the camera, the ground and the scene's timeline."""

from dataclasses import dataclass
from pathlib import Path

import bpy

from ..core.camera_file import read_still_world
from ..core.character.bone_names import DEFAULT, BoneNames
from ..core.errors import RestageError
from ..core.job import FAILED, NO_PERSON, Job
from .camera import add_camera, look_through_camera
from .camera_rig import add_camera_rig
from .carry import gaps_of, take_place
from .contents import give_names_back, remove_collection, set_names_aside
from .ground import add_ground
from .material import show_colours_in_viewports
from .modes import CHARACTERS, add_sequence
from .paths import resolved_path, stored_path
from .playback import has_controls, set_controls
from .preview import is_preview, pack_pictures
from .record import sequence_in
from .sequence import Gaps
from .startup import hide_startup_cube
from .timeline import match_timeline


@dataclass(frozen=True)
class ImportOptions:
    """mode: how the frames come into the scene, see modes.py; gaps: what shows where a frame has no mesh; camera: add
    it, with the clip; ground: add the floor; timeline: match the scene to the clip; pictures: lay the clip's over the
    colours of meshes that are in the file; bone_names: of an armature."""

    mode: str = "packed"
    gaps: Gaps = "hold"
    camera: bool = True
    timeline: bool = True
    ground: bool = False
    pictures: bool = True
    bone_names: BoneNames = DEFAULT


@dataclass(frozen=True)
class Imported:
    """The new collection, the object that carries the sequence, the clip's frames in it, and one line to be said."""

    job: Job
    collection: bpy.types.Collection
    sequence: bpy.types.Object
    numbers: list[int]
    summary: str


def import_job(folder: Path, scene: bpy.types.Scene, options: ImportOptions) -> Imported:
    """Build a job in a scene; an earlier import of the same job there, and any preview of it, is replaced. What was
    done with the person of the former stays: name, place, parent, children, retiming. A preview is no result: it
    narrows no frame range, and the scene's job stays the last one.

    Raises RestageError `job_unreadable`, `job_newer`, `mesh_unreadable`, what the mode raises, or `job_empty` when no
    frame is finished; nothing stays behind then.
    """
    job = Job.open(resolved_path(str(folder)))
    numbers = job.finished_frames()
    if not numbers:
        raise RestageError(
            "job_empty",
            f"{job.folder.name} has no finished frame yet. Run the reconstruction again; it goes on where it stopped.",
        )
    world = read_still_world(job)
    path, preview = stored_path(job.folder, bpy.data.filepath), is_preview(job.folder)
    earlier = earlier_imports(job.folder, scene)
    before = _same_person(earlier, job.folder)
    name, gaps = job.record.name, options.gaps
    if before is not None:
        # A wish that has not changed gives way to what was done with the person since.
        name, gaps = before.name, gaps_of(before) if gaps == before.restage.gaps else gaps
    names = set_names_aside((item for old in earlier for item in old.objects), *earlier)
    collection = bpy.data.collections.new(job.record.name)
    try:
        sequence = add_sequence(job, path, collection, options.mode, gaps, name, options.pictures)
        sequence.restage.bone_names = options.bone_names
        view = add_camera(job, world.camera, collection, sequence) if options.camera else None
        ground = add_ground(job, collection) if options.ground else None
        add_camera_rig(job.record.name, world, collection, ground, sequence)
        if options.timeline:
            match_timeline(job, world.camera, scene, widen=preview)
        if preview:
            pack_pictures(collection)
        if before is not None:
            take_place(before, sequence, [item for old in earlier for item in old.all_objects])
            if has_controls(sequence):
                set_controls(sequence, hide_missing=gaps == "hide")
                # What the next import compares its wish with.
                sequence.restage.gaps = options.gaps
    except BaseException:
        remove_collection(collection)
        give_names_back(names)
        raise
    scene.collection.children.link(collection)
    if not preview:
        scene.restage.job = path
    if view is not None:
        # Before the earlier camera goes: a viewport that looks through it would turn away from the clip.
        scene.camera = view
    for old in earlier:
        remove_collection(old)
    # Seen to in a window alone: a script's scene is its own affair.
    cube = not bpy.app.background and hide_startup_cube(scene)
    # A new import of the same job leaves the view as its user has turned it meanwhile.
    if view is not None and not earlier:
        look_through_camera(scene)
    show_colours_in_viewports(options.mode in CHARACTERS)
    summary = _summary(job, len(numbers)) + ("; Blender's startup cube is hidden" if cube else "")
    return Imported(job, collection, sequence, numbers, summary)


def earlier_imports(folder: Path, scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """Collections of a scene that were imported from a job folder, or are previews of the same clip."""
    folder = resolved_path(str(folder))

    def is_earlier(other: Path) -> bool:
        return other == folder or (other.name == folder.name and is_preview(other))

    return [
        collection
        for collection in scene.collection.children_recursive
        if (item := sequence_in(collection)) and is_earlier(resolved_path(item.restage.job))
    ]


def _same_person(earlier: list[bpy.types.Collection], folder: Path) -> bpy.types.Object | None:
    """The person whom an earlier import of the very job brought."""
    people = [person for collection in earlier if (person := sequence_in(collection))]
    return next((person for person in people if resolved_path(person.restage.job) == folder), None)


def _summary(job: Job, count: int) -> str:
    entries = [entry.status for entry in job.record.frames.values()]
    parts = [f"{count} of {len(entries)} frames"]
    if without := entries.count(NO_PERSON):
        parts.append(f"{without} without a person")
    if failed := entries.count(FAILED):
        parts.append(f"{failed} failed")
    return ", ".join(parts)

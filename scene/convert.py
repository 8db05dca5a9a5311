"""Change how a sequence that is in the scene plays, without losing its place, its name and its settings."""

import bpy

from ..core.errors import RestageError
from ..core.job import Job
from .carry import gaps_of, take_place
from .contents import give_names_back, remove_objects, set_names_aside
from .frame_table import FrameTable
from .material import show_colours_in_viewports
from .modes import CHARACTERS, add_sequence
from .packed import add_packed, frames_collection
from .paths import resolved_path
from .playback import set_controls
from .record import has_record, write_record
from .separate import add_separate
from .sequence import Gaps, frame_table


def convert_sequence(item: bpy.types.Object, mode: str) -> bpy.types.Object:
    """Carry a sequence over into another mode; returns the object that carries it then.

    Meshes that were edited stay between `packed` and `objects`; every other change reads the job folder anew. Inputs
    and their keys stay. Raises RestageError as add_sequence does, and
    `sequence_same` when it has the mode already; the sequence stays as it was then.
    """
    before = item.restage.mode
    if mode == before:
        raise RestageError("sequence_same", f"{item.name} is in this mode already. Choose another one.")
    collection = item.users_collection[0]
    old = parts_of(item)
    name = item.name
    names = set_names_aside(old)
    known = set(collection.objects)
    gaps = gaps_of(item)
    try:
        new = _build(item, name, mode, collection, gaps)
    except BaseException:
        remove_objects(set(collection.objects) - known)
        give_names_back(names)
        raise
    write_record(new, item.restage.job, mode, gaps)
    new.restage.pictures = item.restage.pictures
    new.restage.bone_names = item.restage.bone_names
    take_place(item, new, old)
    remove_objects(old)
    if (mode in CHARACTERS) != (before in CHARACTERS):
        # Its colours are elsewhere now; where solid viewports look for them, nothing would be but white.
        show_colours_in_viewports(mode in CHARACTERS)
    return new


def parts_of(item: bpy.types.Object) -> list[bpy.types.Object]:
    """The object that carries a sequence, and its children that Restage made."""
    return [item, *(child for child in item.children if has_record(child))]


def frame_meshes(item: bpy.types.Object) -> dict[int, bpy.types.Mesh]:
    """The meshes of a sequence of the mode packed or objects, by the clip's frame."""
    frames = frames_collection(item)
    items = parts_of(item) if frames is None else frames.objects
    return {part.restage.frame: part.data for part in items if part.restage.frame >= 0}


def _build(
    item: bpy.types.Object, name: str, mode: str, collection: bpy.types.Collection, gaps: Gaps
) -> bpy.types.Object:
    path, before = item.restage.job, item.restage.mode
    if (before, mode) == ("packed", "objects"):
        return add_separate(name, path, frame_meshes(item), FrameTable.read(item.data), collection, gaps)
    job = Job.open(resolved_path(path))
    if (before, mode) == ("objects", "packed"):
        meshes = frame_meshes(item)
        new = add_packed(name, path, meshes, FrameTable.of(meshes, set(frame_table(job).gaps)), collection)
        set_controls(new, hide_missing=gaps == "hide")
        return new
    return add_sequence(job, path, collection, mode, gaps, name, item.restage.pictures)

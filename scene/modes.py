"""The ways in which a job's frames come into a scene, by name."""

import bpy

from ..core.character.files import Character
from ..core.job import Job
from .character import MOVES, add_character, character_table
from .frame_table import FrameTable
from .packed import add_packed
from .paths import resolved_path
from .playback import set_controls
from .record import write_record
from .retimed_motion import add_retiming
from .separate import add_separate
from .sequence import Gaps, frame_table, read_meshes
from .streamed import add_streamed

SEQUENCES = ("packed", "streamed", "objects")
CHARACTERS = tuple(MOVES)


def add_sequence(
    job: Job,
    path: str,
    collection: bpy.types.Collection,
    mode: str,
    gaps: Gaps,
    name: str = "",
    pictures: bool = False,
) -> bpy.types.Object:
    """Put a job's frames into a collection in one of the modes; `path` is the job's folder as the .blend keeps it;
    `name` names the objects, by default as the job; `pictures` puts the clip's on meshes that are in the file, and on a
    character that has them.

    Returns the object that carries the sequence. Raises RestageError `mesh_unreadable`, `streaming_missing`,
    `character_missing`.
    """
    name = name or job.record.name
    if mode in CHARACTERS:
        return add_character(job, path, collection, mode, gaps, name, pictures)
    table = frame_table(job)
    if mode == "streamed":
        item = add_streamed(name, f"{path}/frames", table, collection)
    elif mode == "objects":
        item = add_separate(name, path, read_meshes(job, pictures), table, collection, gaps)
    else:
        item = add_packed(name, path, read_meshes(job, pictures), table, collection)
    if mode != "objects":
        set_controls(item, hide_missing=gaps == "hide")
    write_record(item, path, mode, gaps)
    item.restage.pictures = pictures
    return item


def retime(person: bpy.types.Object) -> None:
    """Give a person without inputs all of them, in place of keys along the timeline: one of an earlier version, or an
    armature.

    Raises RestageError `job_unreadable`, `job_newer`, `character_missing`.
    """
    job = Job.open(resolved_path(person.restage.job))
    if person.restage.mode in CHARACTERS:
        table = character_table(job, Character.load(job))
    else:
        meshes = [child.restage.frame for child in person.children if child.restage.frame >= 0]
        table = FrameTable.of(meshes, set(frame_table(job).gaps))
    add_retiming(person, table)

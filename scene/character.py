"""The person as one mesh that moves: its mesh, its texture, and the ways in which its motion can come into a scene."""

from collections.abc import Callable

import bpy
import numpy.typing as npt

from ..core.character.files import Character
from ..core.job import Job
from ..core.quads import face_corners
from . import armature, mesh_cache, shape_keys
from .axes import points_to_blender
from .curves import key_times
from .frame_table import FrameTable
from .material import texture_material
from .mesh import make_mesh
from .moving_texture import add_moving_texture
from .record import write_record
from .retimed_motion import add_retiming
from .retiming import show_timeline
from .separate import key_gaps
from .sequence import Gaps

# Moves an object by a character's motion, given when each sample is keyed (see key_times), and returns what carries it.
Move = Callable[[Character, bpy.types.Object, npt.NDArray, npt.NDArray], bpy.types.Object]

MOVES: dict[str, Move] = {
    "character_shape_keys": shape_keys.add_motion,
    "character_cache": mesh_cache.add_motion,
    "character_armature": armature.add_motion,
}


def add_character(
    job: Job, path: str, collection: bpy.types.Collection, mode: str, gaps: Gaps, name: str, pictures: bool = False
) -> bpy.types.Object:
    """Put a job's character into a collection; `path` is the job's folder as the .blend keeps it; `pictures` shows the
    texture of every frame where the job has them.

    Returns the object that carries it: the mesh, or the armature that moves it. Raises RestageError
    `character_missing`.
    """
    character = Character.load(job)
    table = character_table(job, character)
    mesh = _make_mesh(name, character)
    material = texture_material(name, character.texture, character.normals)
    if pictures and character.moving_texture and character.texture.exists():
        add_moving_texture(material, character.moving_texture, table)
    mesh.materials.append(material)
    item = bpy.data.objects.new(name, mesh)
    collection.objects.link(item)
    write_record(item, path)
    owner = MOVES[mode](character, item, *key_times(character.frames, table.gaps))
    write_record(owner, path, mode, gaps)
    if mode != "character_armature":
        add_retiming(owner, table)
    else:
        # Bones keep their keys, which other tools read, until somebody retimes them.
        show_timeline(owner)
        if gaps == "hide":
            key_gaps(item, table)
    owner.restage.pictures = pictures
    return owner


def _make_mesh(name: str, character: Character) -> bpy.types.Mesh:
    """The character in the rest pose, in quads, whose edge loops animators work along."""
    corners = face_corners(character.triangles, character.uv_triangles)
    uv = None
    if character.uv is not None and character.uv_triangles is not None:
        uv = character.uv[character.uv_triangles.ravel()[corners]]
    return make_mesh(name, points_to_blender(character.positions), character.triangles.ravel()[corners], uv=uv)


def character_table(job: Job, character: Character) -> FrameTable:
    """Which frames of a job its character has, and which should have one."""
    return FrameTable.of(character.frames.tolist(), set(job.record.frames) - set(job.person_frames()))

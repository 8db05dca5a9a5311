"""A character whose motion is in a file beside it, which Blender reads as it plays: for long clips."""

import bpy
import numpy.typing as npt

from ..core.character.files import Character
from ..core.character.playing import shapes_of_frames
from ..core.point_cache import write_pc2
from .axes import points_to_blender
from .paths import stored_path

MODIFIER = "Restage Cache"
FILE = "vertices.pc2"


def add_motion(
    character: Character, item: bpy.types.Object, times: npt.NDArray, samples: npt.NDArray
) -> bpy.types.Object:
    """Write the character's motion beside its texture, in Blender's axes, and let a mesh object play it."""
    path = character.texture.with_name(FILE)
    first, last = int(times[0]), int(times[-1])
    shapes = shapes_of_frames(times, samples, character.vertices.__getitem__)
    write_pc2(path, character.vertices.shape[1], last - first + 1, first, map(points_to_blender, shapes))
    modifier = item.modifiers.new(MODIFIER, "MESH_CACHE")
    modifier.cache_format = "PC2"
    modifier.filepath = stored_path(path, bpy.data.filepath)
    modifier.frame_start = float(times[0])
    return item

"""A character whose motion is absolute shape keys: one for every frame, exact at frames, blurred between them."""

import bpy
import numpy as np
import numpy.typing as npt

from ..core.character.files import Character
from .axes import points_to_blender
from .curves import write_curve
from .sequence import frame_name


def add_motion(
    character: Character, item: bpy.types.Object, times: npt.NDArray, samples: npt.NDArray
) -> bpy.types.Object:
    """Give a mesh object a shape key for every sample, and play them at `times`, see curves.key_times."""
    mesh = item.data
    for number, vertices in zip(character.frames.tolist(), character.vertices, strict=True):
        key = item.shape_key_add(name=frame_name(item.name, number), from_mix=False)
        key.interpolation = "KEY_LINEAR"
        key.points.foreach_set("co", points_to_blender(vertices).ravel())
    keys = mesh.shape_keys
    keys.name = item.name
    keys.use_relative = False
    # The mesh itself is what the first key shows, as Blender wants it.
    mesh.attributes["position"].data.foreach_set("vector", points_to_blender(character.vertices[0]).ravel())
    # Absolute keys lie on a time of their own; Blender spaces them as they are made.
    places = np.array([key.frame for key in keys.key_blocks])
    write_curve(keys, "eval_time", 0, times, places[samples])
    return item

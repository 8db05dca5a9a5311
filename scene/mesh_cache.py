"""A character whose motion is in a file beside it, which Blender reads as it plays: for long clips."""

import struct
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt

from ..core.character.files import Character
from ..core.job import atomic_write
from ..core.rows import FrameRows
from .axes import points_to_blender
from .paths import stored_path

MODIFIER = "Restage Cache"
FILE = "vertices.pc2"
HEADER = struct.Struct("<12siiffi")


def add_motion(
    character: Character, item: bpy.types.Object, times: npt.NDArray, samples: npt.NDArray
) -> bpy.types.Object:
    """Write the character's motion beside its texture, in Blender's axes, and let a mesh object play it."""
    path = character.texture.with_name(FILE)
    write_cache(path, character.vertices, times, samples)
    modifier = item.modifiers.new(MODIFIER, "MESH_CACHE")
    modifier.cache_format = "PC2"
    modifier.filepath = stored_path(path, bpy.data.filepath)
    modifier.frame_start = float(times[0])
    return item


def write_cache(path: Path, vertices: FrameRows, times: npt.NDArray, samples: npt.NDArray) -> None:
    """Write a PointCache2 file: a sample for every timeline frame from the first to the last, one at a time in memory.

    vertices: (F, V, 3) world metres, Y up; times, samples: see curves.key_times.
    """
    frames = np.arange(times[0], times[-1] + 1)
    places = np.interp(frames, times, samples)
    with atomic_write(path) as stream:
        stream.write(HEADER.pack(b"POINTCACHE2\0", 1, vertices.shape[1], float(times[0]), 1.0, len(frames)))
        for place in places:
            before = int(place)
            share = np.float32(place - before)
            shape = vertices[before]
            if share:
                shape = shape + share * (vertices[before + 1] - shape)
            stream.write(points_to_blender(shape).astype("<f4").tobytes())

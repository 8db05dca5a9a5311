"""A coloured mesh as a Blender mesh, written array by array."""

from itertools import combinations

import bpy
import numpy as np
import numpy.typing as npt

COLOUR_NAME, UV_NAME = "Col", "UVMap"


def make_mesh(
    name: str,
    vertices: npt.NDArray[np.float32],
    faces: npt.NDArray[np.int32],
    colours: npt.NDArray[np.uint8] | None = None,
    uv: npt.NDArray[np.float32] | None = None,
) -> bpy.types.Mesh:
    """A smooth-shaded mesh, with the colour attribute `Col` and the texture coordinates `UVMap` where they are given.

    vertices: (V, 3) Blender world, metres; faces: (F, 3) or (F, 4) indices; colours: (V, 3) uint8 sRGB; uv: (F, 3, 2)
    or (F, 4, 2) for every corner. Faces that name a vertex twice are left out, since Blender's meshes must not hold
    them.
    """
    proper = np.logical_and.reduce([one != other for one, other in combinations(faces.T, 2)])
    if not proper.all():
        faces, uv = faces[proper], None if uv is None else uv[proper]
    faces = np.ascontiguousarray(faces, np.int32)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    # Generic attributes are the quick way in: about 50 times faster than mesh.vertices and its kin.
    mesh.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(vertices, np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.attributes[".corner_vert"].data.foreach_set("value", faces.ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, faces.shape[1], dtype=np.int32))
    if colours is not None:
        _add_colours(mesh, colours)
    if uv is not None:
        layer = mesh.uv_layers.new(name=UV_NAME)
        layer.uv.foreach_set("vector", np.ascontiguousarray(uv, np.float32).ravel())
    mesh.update(calc_edges=True)
    return mesh


def read_values(values: bpy.types.bpy_prop_collection, name: str, width: int) -> npt.NDArray[np.float32]:
    """(V, width) float32 of a property of every vertex, or of what else there are V of."""
    read = np.empty((len(values), width), np.float32)
    values.foreach_get(name, read.ravel())
    return read


def _add_colours(mesh: bpy.types.Mesh, colours: npt.NDArray[np.uint8]) -> None:
    attribute = mesh.color_attributes.new(COLOUR_NAME, "BYTE_COLOR", "POINT")
    shades = np.empty((len(colours), 4), np.float32)
    np.multiply(colours, np.float32(1 / 255), out=shades[:, :3])
    shades[:, 3] = 1
    attribute.data.foreach_set("color_srgb", shades.ravel())
    mesh.color_attributes.active_color = attribute
    mesh.color_attributes.render_color_index = 0

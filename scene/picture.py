"""The clip's own picture on the mesh of a frame: sharper than its vertices' colours, wherever the camera sees it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt

from ..core.spaces import Camera
from .axes import TO_BLENDER, points_to_blender
from .material import colour_material, picture_material
from .mesh import COLOUR_NAME, read_values

# Where the camera sees a vertex in the picture, as texture coordinates, and how far the picture is to be believed, 0-1.
PLACE, SEEN = "restage_place", "restage_seen"
# Surfaces seen at a flatter angle than this cosine get less of the picture: it is smeared there.
FACING = 0.2
# A vertex whose colour is within so many levels of the picture's was painted with it; beyond so many it was not, and
# something else is seen there: an arm in front, or what is behind the person's outline.
ALIKE, OTHER = 20.0, 50.0
# A vertex beside one that differs by more than this is not believed either: along the edge of a thing in front, the
# picture has a mixture of both, which may be like the vertex by chance.
THING = 90.0

Floats = npt.NDArray[np.float32]


def add_picture(mesh: bpy.types.Mesh, camera: Camera, path: Path) -> None:
    """Give a frame's mesh a material that shows the frame's picture where the camera sees the person, else the colours
    of the vertices; the mesh keeps the material that it has where the picture cannot be read."""
    picture = bpy.data.images.load(str(path)) if path.exists() else None
    if picture is None or not all(picture.size):
        return
    picture.name = mesh.name
    vertices = read_values(mesh.attributes["position"].data, "vector", 3) @ TO_BLENDER.astype(np.float32)
    place = (camera.project(vertices) / [camera.width, camera.height]).astype(np.float32)
    place[:, 1] = 1.0 - place[:, 1]
    seen = _facing(mesh, vertices, camera) * _alike(picture, place, mesh)
    mesh.attributes.new(PLACE, "FLOAT2", "POINT").data.foreach_set("vector", place.ravel())
    mesh.attributes.new(SEEN, "FLOAT", "POINT").data.foreach_set("value", seen)
    mesh.materials.clear()
    mesh.materials.append(picture_material(mesh.name, picture, PLACE, SEEN))
    # Blender reads the file again when it draws it.
    picture.buffers_free()


@contextmanager
def without_pictures(meshes: Iterable[bpy.types.Mesh]) -> Iterator[None]:
    """Frames' meshes with nothing but their vertices' colours, as long as this lasts: exporters would take the pictures
    for textures, without a place for them."""
    before = {mesh: mesh.materials[0] for mesh in meshes if PLACE in mesh.attributes and mesh.materials}
    for mesh in before:
        mesh.materials[0] = colour_material()
    try:
        yield
    finally:
        for mesh, material in before.items():
            mesh.materials[0] = material


def _facing(mesh: bpy.types.Mesh, vertices: Floats, camera: Camera) -> Floats:
    """(V,) from 0, turned away from the camera or seen at a grazing angle, to 1."""
    towards = points_to_blender(camera.camera_to_world[:3, 3] - vertices)
    cosine = (read_values(mesh.vertex_normals, "vector", 3) * towards).sum(axis=1) / np.linalg.norm(towards, axis=1)
    return np.clip(cosine / FACING, 0.0, 1.0)


def _alike(picture: bpy.types.Image, place: Floats, mesh: bpy.types.Mesh) -> Floats:
    """(V,) from 0, the vertex has another colour than the picture has there, to 1."""
    width, height = picture.size
    levels = np.empty(width * height * picture.channels, np.float32)
    picture.pixels.foreach_get(levels)
    levels = levels.reshape(height, width, -1)[..., :3]
    pixel = np.clip(place * [width, height] - 0.5, 0.0, [width - 1.001, height - 1.001])
    low = pixel.astype(int)
    x, y = (pixel - low).T[..., None]
    column, row = low.T
    below = levels[row, column] * (1 - x) + levels[row, column + 1] * x
    above = levels[row + 1, column] * (1 - x) + levels[row + 1, column + 1] * x
    colours = read_values(mesh.attributes[COLOUR_NAME].data, "color_srgb", 4)[:, :3]
    difference = 255 * np.abs(below * (1 - y) + above * y - colours).max(axis=1)
    framed = ((place > 0.0) & (place < 1.0)).all(axis=1)
    framed &= ~_beside(difference > THING, mesh)
    return (framed * np.clip((OTHER - difference) / (OTHER - ALIKE), 0.0, 1.0)).astype(np.float32)


def _beside(chosen: npt.NDArray[np.bool_], mesh: bpy.types.Mesh) -> npt.NDArray[np.bool_]:
    """(V,) vertices that are chosen, or have a neighbour that is."""
    ends = np.empty((len(mesh.edges), 2), np.int32)
    mesh.attributes[".edge_verts"].data.foreach_get("value", ends.ravel())
    found = chosen.copy()
    found[ends[chosen[ends[:, 1]], 0]] = True
    found[ends[chosen[ends[:, 0]], 1]] = True
    return found

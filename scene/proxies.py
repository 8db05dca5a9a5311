"""Small meshes that stand in for those of a packed sequence in viewports: without a graphics card, one of full size at
every frame is more than can be drawn in its time. Renders and exports show the full ones."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import bpy
import numpy as np
import numpy.typing as npt

from . import compat
from .contents import remove_objects
from .mesh import COLOUR_NAME, make_mesh, read_values
from .packed import PROXIES, current_tree, frames_collection, proxies_collection
from .picture import PLACE, SEEN
from .playback import control, modifier_of, set_controls
from .sequence import frame_name

# What a proxy has, about, and a third more where it is finer. Meshes that are no larger stand for themselves.
VERTICES = 15_000
# Cells of a grid that a surface passes through, for every square of a cell's size that fits on it: measured on people.
CELLS = 1.25
# A cell with so many times as many vertices as most have is divided.
DENSE = 1.8
# What makes one number of a cell's three.
NUMBERED = np.array([1 << 42, 1 << 21, 1])
# The area is that of every so many triangles.
MEASURED = 16
# What a proxy has of the mesh's picture: kinds, the property of a value, and numbers in it.
ATTRIBUTES = {PLACE: ("FLOAT2", "vector", 2), SEEN: ("FLOAT", "value", 1)}

Floats = npt.NDArray[np.float32]


def can_have_proxies(person: bpy.types.Object) -> bool:
    """Whether a person is a packed sequence, whose meshes are in the file."""
    return frames_collection(person) is not None


def has_proxies(person: bpy.types.Object) -> bool:
    """Whether proxies of a person are in the file, shown or not."""
    return proxies_collection(person) is not None


def add_proxies(person: bpy.types.Object) -> Iterator[tuple[int, int]]:
    """Make proxies of a packed sequence's meshes, and let viewports show them. Yields how many are made, and of how
    many; nothing stays if it is closed before the end."""
    frames = sorted(frames_collection(person).objects, key=lambda item: item.name)
    collection = bpy.data.collections.new(f"{person.name} Proxies")
    try:
        for done, item in enumerate(frames):
            yield done, len(frames)
            collection.objects.link(_double(item, f"{person.name} Proxy"))
    except BaseException:
        _remove(collection)
        raise
    # A person of an earlier version has nodes that know nothing of proxies.
    modifier_of(person).node_group = current_tree()
    set_controls(person, viewport_proxies=True, proxy_frames=collection)


def remove_proxies(person: bpy.types.Object) -> None:
    """Remove the proxies of a packed sequence: viewports show the full meshes again."""
    collection = proxies_collection(person)
    set_controls(person, viewport_proxies=False, proxy_frames=None)
    _remove(collection)


def proxies_switch(person: bpy.types.Object) -> tuple[object, str]:
    """Where it is said whether viewports show a person's proxies: its owner, and the property's path from there."""
    return control(person, PROXIES)


@contextmanager
def without_proxies(people: Iterable[bpy.types.Object]) -> Iterator[None]:
    """Full meshes, as long as this lasts: Blender's exporters write what viewports show."""
    shown = [person for person in people if proxies_collection(person)]
    before = [compat.modifier_input(modifier_of(person), PROXIES) for person in shown]
    for person in shown:
        set_controls(person, viewport_proxies=False)
    try:
        yield
    finally:
        for person, value in zip(shown, before, strict=True):
            set_controls(person, viewport_proxies=value)


def _remove(collection: bpy.types.Collection) -> None:
    remove_objects(list(collection.objects))
    bpy.data.collections.remove(collection)


def _double(item: bpy.types.Object, name: str) -> bpy.types.Object:
    mesh = item.data if len(item.data.vertices) <= VERTICES else _proxy(item.data)
    return bpy.data.objects.new(frame_name(name, item.restage.frame), mesh)


def _proxy(mesh: bpy.types.Mesh) -> bpy.types.Mesh:
    """A mesh of about VERTICES vertices with the colours, the picture and the materials of a larger one: a vertex for
    every cell of a grid, the mean of those in it (Rossignac and Borrel, Multi-resolution 3D Approximations for
    Rendering Complex Scenes, 1993)."""
    places = read_values(mesh.attributes["position"].data, "vector", 3)
    faces = _triangles(mesh)
    label, count = _clusters(places, _cell_of(places, faces))

    def mean(values: Floats) -> Floats:
        sums = [np.bincount(label, column, len(count)) for column in values.T]
        return (np.stack(sums, axis=1) / count[:, None]).astype(np.float32)

    colours = None
    if COLOUR_NAME in mesh.attributes:
        shades = read_values(mesh.attributes[COLOUR_NAME].data, "color_srgb", 4)
        colours = np.rint(255 * mean(shades[:, :3])).astype(np.uint8)
    small = make_mesh(f"{mesh.name} Proxy", mean(places), label[faces], colours)
    for name, (kind, value, width) in ATTRIBUTES.items():
        if name in mesh.attributes:
            values = mean(read_values(mesh.attributes[name].data, value, width))
            small.attributes.new(name, kind, "POINT").data.foreach_set(value, values.ravel())
    for material in mesh.materials:
        small.materials.append(material)
    return small


def _clusters(places: Floats, cell: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """(V,) which of N clusters each of the places (V, 3) belongs to, and (N,) how many each has: those in a cell of a
    grid, or in an eighth of it where the mesh is dense, as faces are."""
    fine = ((places - places.min(axis=0)) * (2 / cell)).astype(np.int64)
    _, label, count = np.unique((fine // 2) @ NUMBERED, return_inverse=True, return_counts=True)
    dense = (count > DENSE * np.median(count))[label]
    fine[~dense] = fine[~dense] // 2 * 2
    return np.unique(fine @ NUMBERED, return_inverse=True, return_counts=True)[1:]


def _triangles(mesh: bpy.types.Mesh) -> npt.NDArray[np.int32]:
    """(T, 3) the corners of a mesh's triangles; larger faces, which someone has made, are split."""
    if len(mesh.loops) == 3 * len(mesh.polygons):
        # Many times as quick as mesh.loop_triangles.
        corners = np.empty((len(mesh.polygons), 3), np.int32)
        mesh.attributes[".corner_vert"].data.foreach_get("value", corners.ravel())
        return corners
    corners = np.empty((len(mesh.loop_triangles), 3), np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners.ravel())
    return corners


def _cell_of(places: Floats, faces: npt.NDArray[np.int32]) -> float:
    """How wide cells are, so that a surface passes through about VERTICES of them."""
    first, second, third = places[faces[::MEASURED].T]
    doubled = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum()
    return float(np.sqrt(CELLS * MEASURED * doubled / 2 / VERTICES))

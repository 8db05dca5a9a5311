"""What moves, in the words of glTF, which knows skins and morph targets but no meshes that change their topology."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import bpy
import numpy as np
from mathutils import Matrix

from ..core.errors import RestageError
from .contents import remove_objects
from .curves import CONSTANT, write_curve
from .framing import shown_now

NAME = "Restage GLB"


@contextmanager
def playable(scene: bpy.types.Scene, items: list[bpy.types.Object]) -> Iterator[list[bpy.types.Object]]:
    """Objects that play as these do over the scene's range and that glTF can hold; they are gone afterwards.

    An armature is one already, but for what carries it. A mesh of one topology becomes morph targets, one a frame.
    Meshes that differ become an object each, of which all but one are scaled to nothing.
    """
    frames = list(range(scene.frame_start, scene.frame_end + 1))
    if items[0].type == "ARMATURE":
        with _carried(scene, items[0], frames) as carriers:
            yield [*items, *carriers]
        return
    meshes, poses = _shown_during(scene, items[0], frames)
    if not any(meshes):
        raise RestageError(
            "nothing_to_export",
            "The person shows at no frame of the scene's range. Change Start or End of the timeline.",
        )
    one_topology = items[0].restage.mode.startswith("character") and all(meshes)
    root = _mover(items[0].name, poses, frames)
    doubles = _morphs(meshes, frames) if one_topology else _turns(meshes, frames)
    try:
        for double in (root, *doubles):
            scene.collection.objects.link(double)
        for double in doubles:
            double.parent = root
        yield [root, *doubles]
    finally:
        bpy.data.batch_remove([mesh for mesh in {*meshes} - {None} if mesh.users == 0])
        remove_objects([root, *doubles])


@contextmanager
def _carried(scene: bpy.types.Scene, item: bpy.types.Object, frames: list[int]) -> Iterator[list[bpy.types.Object]]:
    """Give an object a parent of its own that moves as its parent does, which is not to be exported, if it has one."""
    parent, inverse = item.parent, item.matrix_parent_inverse.copy()
    if parent is None:
        yield []
        return
    poses = []
    for frame in frames:
        scene.frame_set(frame)
        poses.append(_pose(parent))
    carrier = _mover(NAME, poses, frames)
    scene.collection.objects.link(carrier)
    item.parent, item.matrix_parent_inverse = carrier, inverse
    try:
        yield [carrier]
    finally:
        item.parent, item.matrix_parent_inverse = parent, inverse
        remove_objects([carrier])


def _mover(name: str, poses: list[Matrix], frames: list[int]) -> bpy.types.Object:
    """An empty that is at these poses, in the world, at these frames."""
    mover = bpy.data.objects.new(name, None)
    mover.rotation_mode = "QUATERNION"
    mover.matrix_world = poses[0]
    if any(pose != poses[0] for pose in poses):
        parts = [pose.decompose() for pose in poses]
        for (_, before, _), (_, turn, _) in pairwise(parts):
            turn.make_compatible(before)
        for path, values in zip(("location", "rotation_quaternion", "scale"), zip(*parts, strict=True), strict=True):
            for index, curve in enumerate(np.array(values).T):
                write_curve(mover, path, index, np.array(frames), curve)
    return mover


def _pose(item: bpy.types.Object) -> Matrix:
    """Where an object is in the world at the scene's frame."""
    return item.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world.copy()


def _shown_during(
    scene: bpy.types.Scene, item: bpy.types.Object, frames: list[int]
) -> tuple[list[bpy.types.Mesh | None], list[Matrix]]:
    """What shows at every frame: a mesh of its own, the one before where nothing changed, or None; and where it is."""
    meshes: list[bpy.types.Mesh | None] = []
    poses: list[Matrix] = []
    before = None
    for frame in frames:
        scene.frame_set(frame)
        poses.append(_pose(item))
        depsgraph = bpy.context.evaluated_depsgraph_get()
        shown = shown_now([item], depsgraph)
        places = _places(shown[0].data) if shown else None
        if places is None or before is None or not np.array_equal(places, before):
            mesh = (
                bpy.data.meshes.new_from_object(shown[0], preserve_all_data_layers=True, depsgraph=depsgraph)
                if shown
                else None
            )
            meshes.append(mesh)
        else:
            meshes.append(meshes[-1])
        before = places
    return meshes, poses


def _morphs(meshes: list[bpy.types.Mesh], frames: list[int]) -> list[bpy.types.Object]:
    """One object whose shape keys fade into each other, one a frame."""
    double = bpy.data.objects.new(NAME, meshes[0])
    places = [_places(mesh) for mesh in meshes]
    double.shape_key_add(name="Basis")
    for index in range(1, len(frames)):
        key = double.shape_key_add(name=f"{frames[index]:06d}", from_mix=False)
        key.points.foreach_set("co", places[index])
        times = np.array(frames[index - 1 : index + 2])
        path = f'key_blocks["{key.name}"].value'
        write_curve(meshes[0].shape_keys, path, 0, times, np.array([0.0, 1.0, 0.0])[: len(times)])
    return [double]


def _turns(meshes: list[bpy.types.Mesh | None], frames: list[int]) -> list[bpy.types.Object]:
    """An object for every mesh, whose scale is 1 while it shows and 0 else."""
    doubles = []
    for mesh in dict.fromkeys(mesh for mesh in meshes if mesh):
        double = bpy.data.objects.new(NAME, mesh)
        shows = np.array([float(other == mesh) for other in meshes])
        changes = np.flatnonzero(np.diff(shows, prepend=-1))
        for axis in range(3):
            write_curve(double, "scale", axis, np.array(frames)[changes], shows[changes], CONSTANT)
        doubles.append(double)
    return doubles


def _places(mesh: bpy.types.Mesh) -> np.ndarray:
    """(V * 3,) the places of a mesh's vertices."""
    places = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.attributes["position"].data.foreach_get("vector", places)
    return places

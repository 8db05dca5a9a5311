"""Where a camera has to stand so that a person who moves stays in the picture at one size."""

from collections.abc import Iterable

import bpy
import numpy as np
import numpy.typing as npt

from .record import has_record

# Seconds over which the camera follows a walking person, so that a swinging arm does not shake it.
FOLLOW = 1.0

Points = npt.NDArray[np.floating]


def person_meshes(collection: bpy.types.Collection) -> list[bpy.types.Object]:
    """The objects of an imported collection that show the person, whatever the mode."""
    return [item for item in collection.objects if item.type == "MESH" and has_record(item)]


def shown_now(items: Iterable[bpy.types.Object], depsgraph: bpy.types.Depsgraph) -> list[bpy.types.Object]:
    """The evaluated objects that would be rendered and have a surface at the depsgraph's frame."""
    evaluated = [item.evaluated_get(depsgraph) for item in items if not item.hide_render]
    return [item for item in evaluated if len(item.data.polygons)]


def clouds_during(scene: bpy.types.Scene, items: list[bpy.types.Object], frames: Iterable[int]) -> list[Points]:
    """A cloud (V, 3) of the vertices that show at every one of these frames, world space; the open scene's frame stays.

    Clouds are thinned to their outermost points, which are all that framing needs, so that long motions fit into the
    memory. A frame that shows nothing repeats its neighbour; the list is empty when none shows anything.
    """
    current = scene.frame_current
    clouds: list[Points | None] = []
    try:
        for frame in frames:
            scene.frame_set(frame)
            shown = shown_now(items, bpy.context.evaluated_depsgraph_get())
            clouds.append(outermost(np.concatenate([world_vertices(item) for item in shown])) if shown else None)
    finally:
        scene.frame_set(current)
    last = next((cloud for cloud in clouds if cloud is not None), None)
    result = []
    for cloud in clouds:
        last = last if cloud is None else cloud
        if last is not None:
            result.append(last)
    return result


def world_vertices(item: bpy.types.Object) -> Points:
    """The vertices of an evaluated object, (V, 3) world space."""
    flat = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.attributes["position"].data.foreach_get("vector", flat)
    transform = np.array(item.matrix_world)
    return flat.reshape(-1, 3) @ transform[:3, :3].T + transform[:3, 3]


def outermost(cloud: Points, directions: int = 200) -> Points:
    """The points of a cloud (V, 3) that are farthest in evenly spread directions, the axes among them.

    The farthest point from any centre inside is among them to within half a percent of the cloud's size.
    """
    # A spiral over the sphere, Saff and Kuijlaars 1997.
    height = np.linspace(-1, 1, directions)
    turn = np.arange(directions) * np.pi * (3 - 5**0.5)
    width = np.sqrt(1 - height**2)
    spread = np.stack([width * np.cos(turn), width * np.sin(turn), height], axis=1)
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    return cloud[np.unique((cloud @ np.concatenate([spread, axes]).T.astype(cloud.dtype)).argmax(axis=0))]


def enclosing_spheres(clouds: list[Points], frame_rate: float) -> tuple[npt.NDArray[np.float64], float]:
    """Where to aim at every frame and how far to see: centres (F, 3), one radius, in the unit of the clouds.

    clouds: F arrays (V, 3). The centres are those of the bounding boxes, averaged over FOLLOW seconds; the radius
    holds every point of every frame, so that the person keeps its size in the picture.
    """
    boxes = np.array([(cloud.min(axis=0) + cloud.max(axis=0)) / 2 for cloud in clouds], np.float64)
    reach = min(len(boxes) - 1, round(FOLLOW * frame_rate / 2))
    padded = np.concatenate([boxes[:1].repeat(reach, axis=0), boxes, boxes[-1:].repeat(reach, axis=0)])
    centres = np.array([padded[i : i + 2 * reach + 1].mean(axis=0) for i in range(len(boxes))])
    radius = max(
        float(np.linalg.norm(cloud - centre, axis=1).max()) for cloud, centre in zip(clouds, centres, strict=True)
    )
    return centres, radius

"""A video of one full turn around the person, rendered in a scene of its own so that the user's stays untouched."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector

from ..core.errors import RestageError
from . import compat
from .sequence import FRAME_KEY
from .timeline import set_frame_rate

# A 50 mm lens on Blender's 36 mm sensor: little distortion, and not so far away that depth is lost.
LENS, SENSOR = 50.0, 36.0
ELEVATION = math.radians(8.0)
MARGIN = 1.03
BACKGROUND = (0.05, 0.05, 0.05)
# Seconds over which the camera follows a walking person, so that a swinging arm does not shake it.
FOLLOW = 1.0


@dataclass(frozen=True)
class TurntableOptions:
    """frames: of a full turn around a still person; with motion "play" the turn is as long as the scene.

    size: pixels of the square video; light: of Workbench; engine: a render engine's identifier.
    """

    frames: int = 48
    size: int = 512
    motion: Literal["still", "play"] = "still"
    light: Literal["STUDIO", "FLAT"] = "FLAT"
    engine: str = "BLENDER_WORKBENCH"


def render_turntable(
    scene: bpy.types.Scene, collection: bpy.types.Collection, path: Path, options: TurntableOptions
) -> None:
    """Render the person of an imported job to an H.264 MP4 file; the scene's current frame is the one that is shown.

    Raises RestageError `nothing_to_render` when no mesh shows, `render_failed` when Blender wrote no video.
    """
    items = [item for item in collection.objects if FRAME_KEY in item]
    first = 1 if options.motion == "still" else scene.frame_start
    count = options.frames if options.motion == "still" else scene.frame_end - scene.frame_start + 1
    shown = [_shown_at(scene, items, scene.frame_current)]
    if options.motion == "play":
        shown = _shown_during(scene, items)
    if all(item is None for item in shown):
        raise RestageError(
            "nothing_to_render", "No frame of the person shows here. Go to a frame where the person is visible."
        )
    stage = bpy.data.scenes.new("Restage Turntable")
    made: list[bpy.types.ID] = []
    try:
        if options.motion == "still":
            made.append(_stand_in(stage, shown[0]))
        else:
            for item in items:
                stage.collection.objects.link(item)
        centres, radius = enclosing_spheres(_clouds(shown), scene.render.fps / scene.render.fps_base)
        if len(centres) == 1:
            centres = np.repeat(centres, count, axis=0)
        made += _add_camera(stage, centres, radius, first)
        made.append(_light(stage, options))
        stage.frame_start, stage.frame_end = first, first + count - 1
        stage.render.resolution_x = stage.render.resolution_y = options.size
        stage.render.resolution_percentage = 100
        if options.motion == "play":
            set_frame_rate(stage.render, scene.render.fps / scene.render.fps_base)
        _render_video(stage, path)
    finally:
        bpy.data.scenes.remove(stage)
        bpy.data.batch_remove(made)


def enclosing_spheres(
    clouds: list[npt.NDArray[np.floating]], frame_rate: float
) -> tuple[npt.NDArray[np.float64], float]:
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


def _shown_at(scene: bpy.types.Scene, items: list[bpy.types.Object], frame: int) -> bpy.types.Object | None:
    scene.frame_set(frame)
    return next((item for item in items if not item.hide_render), None)


def _shown_during(scene: bpy.types.Scene, items: list[bpy.types.Object]) -> list[bpy.types.Object | None]:
    """The object that shows at every frame of the scene's range."""
    current = scene.frame_current
    try:
        return [_shown_at(scene, items, frame) for frame in range(scene.frame_start, scene.frame_end + 1)]
    finally:
        scene.frame_set(current)


def _clouds(shown: list[bpy.types.Object | None]) -> list[npt.NDArray[np.floating]]:
    """The vertices that show at every frame, world space; a frame that shows nothing repeats its neighbour."""
    clouds: dict[str, npt.NDArray[np.floating]] = {}
    last = next(item for item in shown if item is not None)
    result = []
    for item in shown:
        last = item or last
        if last.name not in clouds:
            clouds[last.name] = _world_vertices(last)
        result.append(clouds[last.name])
    return result


def _world_vertices(item: bpy.types.Object) -> npt.NDArray[np.floating]:
    flat = np.empty(len(item.data.vertices) * 3, np.float32)
    item.data.attributes["position"].data.foreach_get("vector", flat)
    transform = np.array(item.matrix_world)
    return flat.reshape(-1, 3) @ transform[:3, :3].T + transform[:3, 3]


def _stand_in(stage: bpy.types.Scene, item: bpy.types.Object) -> bpy.types.Object:
    """An object with the same mesh that stays visible whatever the turntable's frame."""
    double = bpy.data.objects.new(item.name, item.data)
    double.matrix_world = item.matrix_world
    stage.collection.objects.link(double)
    return double


def _add_camera(
    stage: bpy.types.Scene, centres: npt.NDArray[np.float64], radius: float, first: int
) -> list[bpy.types.ID]:
    """A camera that goes once around the moving centre, starting in front, with a key at every frame."""
    lens = bpy.data.cameras.new("Restage Turntable")
    lens.lens, lens.sensor_width, lens.clip_start, lens.clip_end = LENS, SENSOR, radius / 100, radius * 100
    camera = bpy.data.objects.new("Restage Turntable", lens)
    camera.rotation_mode = "QUATERNION"
    stage.collection.objects.link(camera)
    stage.camera = camera
    distance = radius * MARGIN / math.sin(math.atan(SENSOR / 2 / LENS))
    for i, centre in enumerate(centres):
        angle = math.tau * i / len(centres)
        direction = Vector((math.sin(angle), -math.cos(angle), math.tan(ELEVATION))).normalized()
        camera.location = Vector(centre) + direction * distance
        camera.rotation_quaternion = direction.to_track_quat("Z", "Y")
        camera.keyframe_insert("location", frame=first + i)
        camera.keyframe_insert("rotation_quaternion", frame=first + i)
    return [camera, lens, camera.animation_data.action]


def _light(stage: bpy.types.Scene, options: TurntableOptions) -> bpy.types.World:
    """Colours as they are in the clip, on a dark ground; an even white light for the engines that need one."""
    stage.render.engine = options.engine
    stage.view_settings.view_transform = "Standard"
    shading = stage.display.shading
    shading.color_type, shading.light = "VERTEX", options.light
    shading.show_cavity = shading.show_shadows = shading.show_object_outline = False
    # Highlights would make skin and cloth look like plastic: the clip has its own in the colours.
    shading.show_specular_highlight = False
    stage.display.render_aa = "8"
    world = bpy.data.worlds.new("Restage Turntable")
    world.color = BACKGROUND
    stage.world = world
    if options.engine == "CYCLES":
        compat.use_nodes(world)
        background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
        background.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
        stage.cycles.samples, stage.cycles.use_denoising = 16, False
    return world


def _render_video(stage: bpy.types.Scene, path: Path) -> None:
    """Render every frame into a file that appears under its name only when it is complete."""
    partial = path.with_name(f"{path.stem}.partial.mp4")
    path.parent.mkdir(parents=True, exist_ok=True)
    compat.set_video_output(stage)
    stage.render.filepath = str(partial)
    stage.render.use_sequencer = stage.render.use_compositing = False
    result = bpy.ops.render.render(animation=True, scene=stage.name)
    if "FINISHED" not in result or not partial.exists():
        raise RestageError("render_failed", f"Blender wrote no video to {path}. Check that the folder can be written.")
    partial.replace(path)

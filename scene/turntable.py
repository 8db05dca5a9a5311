"""One full turn around the person, rendered in a scene of its own so that the user's stays untouched."""

import math
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector

from ..core.errors import RestageError
from . import compat
from .framing import clouds_during, enclosing_spheres, person_meshes, shown_now
from .proxies import without_proxies
from .turntable_light import set_light
from .video import encode_video
from .writing import writing

# A 50 mm lens on Blender's 36 mm sensor: little distortion, and not so far away that depth is lost.
LENS, SENSOR = 50.0, 36.0
ELEVATION = math.radians(8.0)
MARGIN = 1.03
NAME = "Restage Turntable"
STILL_RATE = 24.0
PICTURES = "[0-9]" * 6 + ".png"


@dataclass(frozen=True)
class TurntableOptions:
    """frames: of a full turn around a still person; with motion "play" the turn is as long as the scene.

    size: pixels of the square picture; engine: WORKBENCH, EEVEE or CYCLES; light: FLAT shows colours as they are,
    STUDIO shows the shape; colour: of the background, linear RGB, or None for none; shadow: catch the person's shadow,
    in Cycles; pictures: write a folder of PNG pictures instead of an MP4 file.
    """

    frames: int = 48
    size: int = 512
    motion: Literal["still", "play"] = "still"
    light: Literal["STUDIO", "FLAT"] = "FLAT"
    engine: Literal["WORKBENCH", "EEVEE", "CYCLES"] = "WORKBENCH"
    colour: tuple[float, float, float] | None = (0.05, 0.05, 0.05)
    shadow: bool = False
    pictures: bool = False

    def check(self) -> None:
        """Raise RestageError `turntable_unfit` for wishes that exclude each other."""
        if self.colour is None and not self.pictures:
            raise RestageError(
                "turntable_unfit", "MP4 files cannot be transparent. Choose a background colour, or PNG pictures."
            )
        if self.shadow and self.engine != "CYCLES":
            raise RestageError(
                "turntable_unfit", "Only Cycles catches shadows. Choose Cycles, or switch the shadow off."
            )


def render_turntable(
    scene: bpy.types.Scene, collection: bpy.types.Collection, path: Path, options: TurntableOptions
) -> Iterator[tuple[int, int]]:
    """Render the person of an imported job, a picture at every step, as it is at the scene's current frame.

    Yields how many pictures are done, and of how many. Writes `path`, an MP4 file or a folder of PNG files, at the end;
    closed before that, it leaves nothing behind. Raises RestageError `nothing_to_render` when no mesh shows,
    `turntable_unfit`, `render_failed` when Blender wrote nothing, and what `writing` raises.
    """
    options.check()
    with writing(path):
        yield from _render_all(scene, collection, path, options)


def _render_all(
    scene: bpy.types.Scene, collection: bpy.types.Collection, path: Path, options: TurntableOptions
) -> Iterator[tuple[int, int]]:
    still = options.motion == "still"
    items = person_meshes(collection)
    frames = [scene.frame_current] if still else list(range(scene.frame_start, scene.frame_end + 1))
    rate = scene.render.fps / scene.render.fps_base
    with without_proxies(items):
        clouds = clouds_during(scene, items, frames)
    if not clouds:
        raise RestageError(
            "nothing_to_render", "No frame of the person shows here. Go to a frame where the person is visible."
        )
    centres, radius = enclosing_spheres(clouds, rate)
    if still:
        centres = np.repeat(centres, options.frames, axis=0)
        frames = [1] * options.frames
    path.parent.mkdir(parents=True, exist_ok=True)
    stage = bpy.data.scenes.new(NAME)
    name = stage.name
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".turntable", ignore_cleanup_errors=True) as folder:
            _dress(stage, scene, items, options, min(float(cloud[:, 2].min()) for cloud in clouds), centres, radius)
            pictures = []
            for index, frame in enumerate(frames):
                pictures.append(Path(folder) / f"{index + 1:06d}.png")
                _render(name, frame, pictures[-1], *orbit(centres, radius, index))
                yield index + 1, len(frames)
            if options.pictures:
                # Of a folder that is there already, only an earlier turn's pictures: it may hold other things.
                for earlier in path.glob(PICTURES):
                    earlier.unlink()
                shutil.copytree(folder, path, dirs_exist_ok=True)
            else:
                encode_video(pictures, path, STILL_RATE if still else rate)
    finally:
        _remove_stage(name)


def orbit(centres: npt.NDArray[np.float64], radius: float, index: int) -> tuple[Vector, Vector]:
    """Where the camera stands at a picture, and the direction from what it looks at to it: once around, from the front.

    centres: (F, 3), one a picture; radius: of the sphere that has to fit into the picture.
    """
    angle = math.tau * index / len(centres)
    direction = Vector((math.sin(angle), -math.cos(angle), math.tan(ELEVATION))).normalized()
    distance = radius * MARGIN / math.sin(math.atan(SENSOR / 2 / LENS))
    return Vector(centres[index]) + direction * distance, direction


def add_camera(stage: bpy.types.Scene, radius: float) -> bpy.types.Object:
    """The camera of a scene that looks at things of this size."""
    lens = bpy.data.cameras.new(NAME)
    lens.lens, lens.sensor_width, lens.clip_start, lens.clip_end = LENS, SENSOR, radius / 100, radius * 100
    stage.camera = bpy.data.objects.new(NAME, lens)
    stage.camera.rotation_mode = "QUATERNION"
    stage.collection.objects.link(stage.camera)
    return stage.camera


def _dress(
    stage: bpy.types.Scene,
    scene: bpy.types.Scene,
    items: list[bpy.types.Object],
    options: TurntableOptions,
    floor: float,
    centres: npt.NDArray[np.float64],
    radius: float,
) -> None:
    """Put the person, the camera and the light into the turntable's scene."""
    if options.motion == "still":
        with without_proxies(items):
            depsgraph = bpy.context.evaluated_depsgraph_get()
            for shown in shown_now(items, depsgraph):
                _add_double(stage, shown, depsgraph)
    else:
        for item in items:
            stage.collection.objects.link(item)
    add_camera(stage, radius)
    middle = (centres.min(axis=0) + centres.max(axis=0)) / 2
    width = 8 * radius + float(np.abs(centres - middle).max())
    set_light(stage, options, (float(middle[0]), float(middle[1]), floor), width)
    render = stage.render
    render.resolution_x = render.resolution_y = options.size
    render.resolution_percentage = 100
    render.use_sequencer = render.use_compositing = False
    render.film_transparent = options.colour is None
    compat.set_picture_output(stage, "RGBA" if options.colour is None else "RGB")


def _add_double(stage: bpy.types.Scene, shown: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> None:
    """An object that keeps what an evaluated one shows now, whatever the frame."""
    mesh = bpy.data.meshes.new_from_object(shown, preserve_all_data_layers=True, depsgraph=depsgraph)
    double = bpy.data.objects.new(NAME, mesh)
    double.matrix_world = shown.matrix_world
    stage.collection.objects.link(double)


def _render(name: str, frame: int, path: Path, place: Vector, direction: Vector) -> None:
    """Render one picture. The scene is looked up by its name, since an undo between two pictures removes it."""
    stage = bpy.data.scenes.get(name)
    if stage is None:
        raise RestageError("render_failed", "The turntable's scene is gone, perhaps by an undo. Render it again.")
    stage.camera.location, stage.camera.rotation_quaternion = place, direction.to_track_quat("Z", "Y")
    stage.frame_set(frame)
    stage.render.filepath = str(path)
    result = bpy.ops.render.render(write_still=True, scene=name)
    if "FINISHED" not in result or not path.exists():
        raise RestageError(
            "render_failed", f"Blender wrote no picture to {path.parent}. Check that the folder can be written."
        )


def _remove_stage(name: str) -> None:
    """Remove the turntable's scene with everything that was made for it, and nothing that it borrowed."""
    stage = bpy.data.scenes.get(name)
    if stage is None:
        return
    world = stage.world
    own = [item for item in stage.collection.objects if item.users_scene == (stage,)]
    data = [item.data for item in own]
    bpy.data.scenes.remove(stage)
    bpy.data.batch_remove(own)
    bpy.data.batch_remove([block for block in (*data, world) if block and block.users == 0])

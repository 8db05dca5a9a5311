"""The clip's camera in Blender, with the clip behind the person."""

from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ..core.job import Job
from ..core.spaces import Camera
from .axes import transform_to_blender
from .drivers import follow_pictures
from .paths import resolved_path
from .sequence import blender_frame

# Millimetres; only its ratio to the focal length matters. 36 is Blender's own default.
SENSOR = 36.0


def add_camera(
    job: Job, camera: Camera, collection: bpy.types.Collection, person: bpy.types.Object
) -> bpy.types.Object:
    """A camera through which every mesh covers its person in the clip's picture; `camera` is the job's own, `person`
    the object whose time the clip follows."""
    name = f"{job.record.name} Camera"
    item = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    item.matrix_world = Matrix(transform_to_blender(camera.camera_to_world).tolist())
    set_lens(item.data, camera)
    collection.objects.link(item)
    _add_clip(job, item.data, person)
    return item


def set_lens(lens: bpy.types.Camera, camera: Camera) -> None:
    """Give a Blender camera the focal length and principal point of a pinhole camera in pixels.

    Blender measures both against the longer side of the picture, which is the side that the sensor is fitted to.
    """
    side = max(camera.width, camera.height)
    lens.sensor_fit = "HORIZONTAL" if camera.width >= camera.height else "VERTICAL"
    lens.sensor_width = lens.sensor_height = SENSOR
    lens.lens = camera.focal / side * SENSOR
    lens.shift_x = (camera.width / 2 - camera.centre[0]) / side
    lens.shift_y = (camera.centre[1] - camera.height / 2) / side
    lens.clip_start, lens.clip_end = 0.01, 1000.0


def _add_clip(job: Job, lens: bpy.types.Camera, person: bpy.types.Object) -> None:
    """Put the clip's pictures behind the camera as an image sequence, of which that one shows whose person shows."""
    numbers = [number for number in sorted(job.record.frames) if job.picture_path(number).exists()]
    if not numbers:
        return
    image = _sequence(job.picture_path(numbers[0]))
    background = lens.background_images.new()
    background.image = image
    background.alpha = 1.0
    background.frame_method = "STRETCH"
    background.display_depth = "BACK"
    pictures = np.array(numbers)
    follow_pictures(lens, "background_images[0].image_user", person, blender_frame(pictures), pictures)
    lens.show_background_images = True


def _sequence(path: Path) -> bpy.types.Image:
    """The pictures that begin with this one: those of an earlier import, or new ones; a single picture is none."""
    for image in bpy.data.images:
        if image.source == "SEQUENCE" and resolved_path(image.filepath) == path:
            return image
    image = bpy.data.images.load(str(path))
    image.source = "SEQUENCE"
    return image


def look_through_camera(scene: bpy.types.Scene) -> None:
    """Turn the viewports that show a scene to its camera: at once, the person is seen over the clip."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas if window.scene == scene else ():
            if area.type == "VIEW_3D":
                area.spaces.active.region_3d.view_perspective = "CAMERA"

"""The scene's frame range, rate and resolution, taken from a job."""

import bpy

from ..core.job import Job
from ..core.spaces import Camera
from .sequence import blender_frame


def match_timeline(job: Job, camera: Camera, scene: bpy.types.Scene, widen: bool = False) -> None:
    """Set the frame range to the job's frames, the rate to the clip's, and the resolution to the camera's, and go to
    the first frame.

    widen: only extend the range, as far as the frames are not in it.
    """
    numbers = sorted(job.record.frames)
    if numbers:
        first, last = blender_frame(numbers[0]), blender_frame(numbers[-1])
        start, end = (min(first, scene.frame_start), max(last, scene.frame_end)) if widen else (first, last)
        # Both ends are wide open first, because Blender keeps start <= end at every step.
        scene.frame_start, scene.frame_end = 0, end
        scene.frame_start = start
        scene.frame_set(first)
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = camera.width, camera.height, 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    set_frame_rate(render, float(job.record.clip["frame_rate"]))


def set_frame_rate(render: bpy.types.RenderSettings, rate: float) -> None:
    """Frames a second, fractions included: 29.97 becomes 30 over a base of 1.001."""
    render.fps = max(1, round(rate))
    render.fps_base = render.fps / rate

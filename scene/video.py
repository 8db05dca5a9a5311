"""Pictures become a video, by Blender's own sequencer."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from . import compat
from .timeline import set_frame_rate


def encode_video(pictures: list[Path], path: Path, frame_rate: float) -> None:
    """Make an H.264 MP4 file of pictures of one size; it appears under its name only when it is complete.

    Raises RestageError `render_failed` when Blender wrote no video.
    """
    partial = path.with_name(f"{path.stem}.partial.mp4")
    path.parent.mkdir(parents=True, exist_ok=True)
    scene = bpy.data.scenes.new("Restage Video")
    try:
        strip = compat.strips(scene.sequence_editor_create()).new_image("Pictures", str(pictures[0]), 1, 1)
        for picture in pictures[1:]:
            strip.elements.append(picture.name)
        scene.frame_start, scene.frame_end = 1, len(pictures)
        width, height = strip.elements[0].orig_width, strip.elements[0].orig_height
        scene.render.resolution_x, scene.render.resolution_y = width, height
        scene.render.resolution_percentage = 100
        scene.view_settings.view_transform = "Standard"
        set_frame_rate(scene.render, frame_rate)
        compat.set_video_output(scene)
        scene.render.filepath = str(partial)
        result = bpy.ops.render.render(animation=True, scene=scene.name)
        if "FINISHED" not in result or not partial.exists():
            raise RestageError(
                "render_failed", f"Blender wrote no video to {path}. Check that the folder can be written."
            )
        partial.replace(path)
    finally:
        bpy.data.scenes.remove(scene)
        partial.unlink(missing_ok=True)

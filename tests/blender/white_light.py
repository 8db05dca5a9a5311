"""What Cycles makes of a frame in even white light, where a matte surface shows its colour."""

from pathlib import Path

import bpy
import numpy as np


def rendered(frame: int, path: Path, samples: int) -> np.ndarray:
    """(H, W, 4) float 0-255, from the top down: a frame through the scene's camera; path: of the PNG."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    scene.world = bpy.data.worlds.new("white")
    if bpy.app.version < (5, 0, 0):
        scene.world.use_nodes = True
    light = next(node for node in scene.world.node_tree.nodes if node.type == "BACKGROUND")
    light.inputs["Color"].default_value = (1, 1, 1, 1)
    scene.render.engine, scene.cycles.samples, scene.cycles.max_bounces = "CYCLES", samples, 0
    scene.cycles.use_denoising = False
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    width, height = image.size
    levels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(levels)
    bpy.data.images.remove(image)
    return 255 * levels.reshape(height, width, 4)[::-1]

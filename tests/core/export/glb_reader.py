"""What others read in a GLB file: its JSON, and what Blender's own importer makes of it."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

READ = """
import sys
import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.fps = 1000
bpy.ops.import_scene.gltf(filepath=sys.argv[1])
scene.render.resolution_x, scene.render.resolution_y = map(int, sys.argv[3].split("x"))
mesh = max((item for item in scene.objects if item.type == "MESH"), key=lambda item: len(item.data.vertices))
(scene.camera,) = (item for item in scene.objects if item.type == "CAMERA")
shown, views = [], []
for seconds in map(float, sys.argv[4:]):
    frame = seconds * 1000
    scene.frame_set(int(frame), subframe=frame - int(frame))
    item = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = np.empty(3 * len(item.data.vertices), np.float32)
    item.data.vertices.foreach_get("co", places)
    places = places.reshape(-1, 3) @ np.array(item.matrix_world)[:3, :3].T + np.array(item.matrix_world)[:3, 3]
    shown.append(places @ np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]))
    views.append([world_to_camera_view(scene, scene.camera, Vector(place))[:2] for place in places[::97]])
images = [image.name for image in bpy.data.images if image.size[0]]
np.savez(sys.argv[2], vertices=np.stack(shown), views=np.array(views), images=images)
"""
# Every so many vertices are looked at through the camera.
EVERY = 97


def read_json(path: Path) -> dict:
    """The file's JSON."""
    content = path.read_bytes()
    assert struct.unpack("<3I", content[:12]) == (0x46546C67, 2, len(content))
    return json.loads(content[20 : 20 + struct.unpack("<I", content[12:16])[0]])


def seen_by_blender(
    path: Path, seconds: list[float], folder: Path, size: tuple[int, int] = (360, 480)
) -> dict[str, np.ndarray]:
    """vertices: (F, V, 3) metres, +Y up; pixels: (F, V', 2) of every EVERY-th through the file's camera with a picture
    of this size; images: names."""
    target = folder / "shown.npz"
    picture = f"{size[0]}x{size[1]}"
    command = [sys.executable, "-c", READ, str(path), str(target), picture, *map(str, seconds)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    with np.load(target) as values:
        pixels = (values["views"] * [1, -1] + [0, 1]) * size
        return {"vertices": values["vertices"], "pixels": pixels, "images": values["images"]}

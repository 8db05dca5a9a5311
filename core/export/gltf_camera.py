"""The clip's camera in a glTF file, which has the same axes: x right, y up, looking along -z."""

import math
from typing import Any

import numpy as np

from ..spaces import StillWorld
from .gltf_animation import GltfAnimation, quaternions

# Metres: what is nearer is not drawn.
NEAREST = 0.01
NAME = "Camera"


def add_camera(document: dict[str, Any], world: StillWorld, numbers: list[int], animation: GltfAnimation) -> None:
    """Add the camera that filmed the frames `numbers`: through it the person covers itself in the clip's picture.

    glTF has no place for a principal point; a job's is the middle of the picture, as glTF's.
    """
    from scipy.spatial.transform import Rotation

    camera = world.camera
    lens = {
        "yfov": 2 * math.atan(camera.height / 2 / camera.focal),
        "aspectRatio": camera.width / camera.height,
        "znear": NEAREST,
    }
    document["cameras"] = [{"type": "perspective", "name": NAME, "perspective": lens}]
    poses = np.stack([world.camera_to_still(number) for number in numbers])
    turns, places = quaternions(Rotation.from_matrix(poses[:, :3, :3])), poses[:, :3, 3].astype(np.float32)
    node = len(document["nodes"])
    pose = {"translation": places[0].tolist(), "rotation": turns[0].tolist()}
    document["nodes"].append({"name": NAME, "camera": 0} | pose)
    document["scenes"][0]["nodes"].append(node)
    if world.moves:
        animation.add(node, "rotation", turns)
    if len(np.unique(places, axis=0)) > 1:
        animation.add(node, "translation", places)

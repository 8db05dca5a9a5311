"""One training sample: the picture of a scene, what the body says, and the truth. docs/dataset.md describes it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..open.body_maps import BodyShape, layers
from ..render import MeshCaster
from .labels import sample_colours, sample_occupancy
from .photo import Light, photograph
from .scene import Scene

PICTURE, MAP = 256, 128


def make_sample(scene: Scene, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Arrays by name, ready to be written."""
    avatar = scene.avatar
    canonical = MeshCaster(scene.canonical, avatar.faces)
    normals = avatar.vertex_normals(scene.canonical)
    front, back = layers(canonical, normals, PICTURE)
    world = MeshCaster(scene.world, avatar.faces)
    picture = photograph(avatar, front, scene.world, avatar.vertex_normals(scene.world), world, Light.random(rng), rng)
    points, inside = sample_occupancy(scene.canonical, avatar.faces, scene.view.metres_per_unit, rng)
    values: dict[str, npt.NDArray[Any]] = {
        "picture": picture,
        "front_normals": (front.normals * 127).astype(np.int8),
        "back_normals": (back.normals * 127).astype(np.int8),
        "depths": np.stack([front.z, back.z]).astype(np.float16),
        "points": points.astype(np.float16),
        "inside": np.packbits(inside),
        "metres_per_unit": np.array(scene.view.metres_per_unit, np.float32),
        "noise": np.array(scene.noise, np.float32),
    }
    values |= sample_colours(avatar, scene.canonical, canonical, normals, rng)
    # Labels and features belong to the same rounded points.
    asked = values["points"].astype(np.float32)
    for name, vertices in (("body", scene.body), ("noisy", scene.noisy)):
        shape = BodyShape(vertices, BodyModel.load().triangles)
        values[f"{name}_maps"] = shape.maps(MAP).astype(np.float16)
        values[f"{name}_points"] = shape.points(asked).astype(np.float16)
    return values

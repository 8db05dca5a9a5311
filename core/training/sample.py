"""One training sample: the picture of a scene, what the body says, and the truth. docs/dataset.md describes it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..open.body_maps import BodyShape
from ..render import Layer, MeshCaster, layers
from ..spaces import CROP_HALF
from ..surface.clothing import aligned
from ..surface.silhouette import MaskField
from .labels import sample_colours, sample_occupancy
from .photo import Light, photograph
from .scene import Scene

Float = npt.NDArray[np.float32]

PICTURE, MAP = 256, 128
NEIGHBOURS = 4
# Canonical: the most that labels follow a body's error in depth.
LARGEST_SHIFT = 0.05


def make_sample(scene: Scene, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Arrays by name, ready to be written."""
    avatar = scene.avatar
    canonical = MeshCaster(scene.canonical, avatar.faces)
    normals = avatar.vertex_normals(scene.canonical)
    front, back = layers(canonical, normals, PICTURE)
    world = MeshCaster(scene.world, avatar.faces)
    world_normals = avatar.vertex_normals(scene.world)
    picture, behind = photograph(avatar, (front, back), scene.world, world_normals, world, Light.random(rng), rng)
    points, inside = sample_occupancy(scene.canonical, avatar.faces, scene.view.metres_per_unit, rng)
    values: dict[str, npt.NDArray[Any]] = {
        "picture": picture,
        "behind": behind[..., :3],
        "front_normals": (front.normals * 127).astype(np.int8),
        "back_normals": (back.normals * 127).astype(np.int8),
        "depths": np.stack([front.z, back.z]).astype(np.float16),
        "inside": np.packbits(inside),
        "metres_per_unit": np.array(scene.view.metres_per_unit, np.float32),
        "noise": np.array(scene.noise, np.float32),
    }
    values |= sample_colours(avatar, scene.canonical, canonical, normals, rng)
    refitted = aligned(scene.noisy, scene.view, MaskField.of(picture[..., 3].astype(np.float32) / 255))
    for name, vertices in (("body", scene.body), ("noisy", refitted)):
        shape = BodyShape.posed(vertices)
        moved = points if name == "body" else follow(points, scene.body, vertices)
        # Labels and features belong to the same rounded points.
        asked = moved.astype(np.float16)
        values[f"{name}_places"] = asked
        values[f"{name}_maps"] = shape.maps(MAP).astype(np.float16)
        values[f"{name}_points"] = shape.points(asked.astype(np.float32)).astype(np.float16)
    values["noisy_depths"] = np.stack([_followed(layer, scene.body, refitted) for layer in (front, back)]).astype(
        np.float16
    )
    return values


def follow(points: Float, true: Float, erring: Float) -> Float:
    """(N, 3) canonical points, moved in depth as the body's error near them moves the body.

    A network cannot see the error of a body in depth; labels that follow it ask for the clothes around the body as it
    is given: PaMIR's depth-ambiguity-aware loss (Zheng et al., TPAMI 2021, section 3.4). true, erring: (B, 3) the body.
    """
    from scipy.spatial import KDTree

    distance, nearest = KDTree(true).query(points, k=NEIGHBOURS)
    weight = np.exp(-(distance**2) / (2 * distance[:, :1] ** 2 + 1e-8))
    offset = (weight * (erring - true)[nearest, 2]).sum(axis=1) / weight.sum(axis=1)
    moved = points.copy()
    moved[:, 2] += LARGEST_SHIFT * np.tanh(offset / LARGEST_SHIFT)
    return moved


def _followed(layer: Layer, true: Float, erring: Float) -> Float:
    """(S, S) the layer's z, moved as `follow` moves points."""
    rows, columns = np.nonzero(layer.seen)
    size = layer.z.shape[0]
    x, y = ((columns + 0.5) / size * 2 - 1) * CROP_HALF, (1 - (rows + 0.5) / size * 2) * CROP_HALF
    points = np.stack([x, y, layer.z[layer.seen]], axis=1).astype(np.float32)
    z = layer.z.copy()
    z[layer.seen] = follow(points, true, erring)[:, 2]
    return z

"""A photograph of a posed avatar: textured, under a light of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render import Layer, MeshCaster
from .avatar import Avatar

Float = npt.NDArray[np.float32]

SHADOW_OFFSET = 0.004
OCCLUSION_RAYS = 6
# The mean brightness that exposure aims at, and the least and most it may do.
MIDDLE, EXPOSURES = 0.42, (0.5, 2.2)


@dataclass(frozen=True)
class Light:
    """Linear RGB: sky and ground, the two halves of the surroundings; lamps: (L, 3) directions towards them, y up,
    and (L, 3) colours."""

    sky: Float
    ground: Float
    directions: Float
    colours: Float

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Light":
        """One that a phone's user might film in, from an overcast day to a single window."""
        warmth = rng.uniform(0.85, 1.15)
        tint = np.array([warmth, 1.0, 1.0 / warmth])
        count = int(rng.integers(1, 3))
        directions = np.stack(
            [rng.normal(0, 1, count), rng.uniform(0.2, 1.5, count), rng.normal(0.3, 1, count)], axis=1
        )
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        strength = rng.uniform(0.2, 1.1, (count, 1))
        ambient = rng.uniform(0.35, 0.8)
        return cls(
            (ambient * tint).astype(np.float32),
            (ambient * rng.uniform(0.3, 0.8) * tint[::-1]).astype(np.float32),
            directions.astype(np.float32),
            (strength * tint).astype(np.float32),
        )


def photograph(
    avatar: Avatar,
    layers: Sequence[Layer],
    world: Float,
    normals: Float,
    caster: MeshCaster,
    light: Light,
    rng: np.random.Generator,
    exposure: float | None = None,
) -> list[npt.NDArray[np.uint8]]:
    """(size, size, 4) uint8 RGBA of what each layer shows, transparent elsewhere, all exposed equally: by a factor for
    linear light, or as the first one needs.

    world, normals: (V, 3) of the posed avatar, metres; caster: of the same mesh.
    """
    radiances = [_radiance(avatar, layer, world, normals, caster, light, rng) for layer in layers]
    if exposure is None:
        mean = float(radiances[0].mean()) if len(radiances[0]) else 1.0
        exposure = float(np.clip(MIDDLE**2.2 / max(mean, 1e-3), *EXPOSURES) * rng.uniform(0.8, 1.3))
    pictures = []
    for layer, radiance in zip(layers, radiances, strict=True):
        picture = np.zeros((*layer.seen.shape, 4), np.uint8)
        picture[layer.seen, :3] = np.clip((radiance * exposure) ** (1 / 2.2) * 255 + 0.5, 0, 255)
        picture[layer.seen, 3] = 255
        pictures.append(picture)
    return pictures


def _radiance(
    avatar: Avatar,
    layer: Layer,
    world: Float,
    normals: Float,
    caster: MeshCaster,
    light: Light,
    rng: np.random.Generator,
) -> Float:
    """(M, 3) linear light that leaves the layer's pixels."""
    faces, weights = layer.face[layer.seen], layer.barycentric[layer.seen]
    corners = avatar.faces[faces]

    def at(values: Float) -> Float:
        return np.einsum("mk,mkc->mc", weights, values[corners])

    points, turned = at(world), at(normals)
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    albedo = _texture(avatar, faces, at(avatar.uv)) ** 2.2
    lifted = points + SHADOW_OFFSET * turned
    open_sky = _openness(lifted, turned, caster, rng)[:, None]
    upward = 0.5 + 0.5 * turned[:, 1:2]
    radiance = open_sky * (upward * light.sky + (1 - upward) * light.ground)
    for direction, colour in zip(light.directions, light.colours, strict=True):
        facing = np.maximum(turned @ direction, 0.0)
        lit = np.zeros(len(points), bool)
        towards = facing > 0
        ways = np.tile(direction, (int(towards.sum()), 1))
        lit[towards] = ~caster.blocked(lifted[towards], ways, np.full(len(ways), 10.0))
        radiance = radiance + (facing * lit)[:, None] * colour
    return albedo * radiance


def texture_colours(avatar: Avatar, faces: npt.NDArray[np.integer], uv: Float) -> npt.NDArray[np.uint8]:
    """(N, 3) uint8 unlit colours on triangles (N,) at texture coordinates (N, 2)."""
    return (_texture(avatar, faces, uv) * 255 + 0.5).astype(np.uint8)


def _texture(avatar: Avatar, faces: npt.NDArray[np.integer], uv: Float) -> Float:
    colours = np.zeros((len(uv), 3), np.float32)
    for index, texture in enumerate(avatar.textures):
        chosen = avatar.face_texture[faces] == index
        height, width = texture.shape[:2]
        x = ((uv[chosen, 0] % 1.0) * width).astype(int).clip(0, width - 1)
        y = ((uv[chosen, 1] % 1.0) * height).astype(int).clip(0, height - 1)
        colours[chosen] = texture[y, x] / 255.0
    return colours


def _openness(points: Float, normals: Float, caster: MeshCaster, rng: np.random.Generator) -> Float:
    """(N,) share of the half space over each point that the mesh does not block within 0.5 m."""
    free = np.zeros(len(points), np.float32)
    for _ in range(OCCLUSION_RAYS):
        directions = rng.normal(size=points.shape)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        directions = directions + 1.05 * normals
        free += ~caster.blocked(points, directions, np.full(len(points), 0.5))
    return 0.25 + 0.75 * free / OCCLUSION_RAYS

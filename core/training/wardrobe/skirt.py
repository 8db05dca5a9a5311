"""Skirts, dresses and long coats below the waist: cloth that hangs around both legs, which no garment of the wardrobe
has long enough."""

import numpy as np
import numpy.typing as npt

from . import fabric
from .figure import Figure
from .piece import Piece

Float = npt.NDArray[np.float32]

AROUND, DOWN = 72, 28
# Share of the way from the waist to the ankle; metres wider at the hem than at the hips; folds at the hem in metres.
LENGTHS, FLARES, FOLDS = (0.35, 0.95), (0.0, 0.16), (0.0, 0.03)
# Metres between skin and cloth.
EASE = 0.012
# How far from the middle, in metres, cloth goes with one leg alone.
BETWEEN_LEGS = 0.14


def skirt(figure: Figure, rng: np.random.Generator) -> Piece:
    """A skirt of random length, width and folds that hangs from the waist, bound to hips and thighs."""
    heads = {name: figure.heads[figure.bone(name)] for name in ("Spine", "LeftUpLeg", "RightUpLeg", "LeftFoot")}
    waist = float(heads["Spine"][1]) + 0.04
    hips = float(heads["LeftUpLeg"][1]) - 0.05
    hem = waist - rng.uniform(*LENGTHS) * (waist - float(heads["LeftFoot"][1]))
    skin = _trunk_and_legs(figure)
    angles = np.linspace(0, 2 * np.pi, AROUND, endpoint=False)
    heights = np.linspace(waist, hem, DOWN)
    flare, folds, count = rng.uniform(*FLARES), rng.uniform(*FOLDS), int(rng.integers(5, 16))
    phase = rng.uniform(0, 2 * np.pi)
    widest = np.zeros(AROUND)
    rings = []
    for height in heights:
        slab = skin[np.abs(skin[:, 1] - height) < 0.03]
        if len(slab) > 8:
            # Below the hips cloth hangs down from what is widest above it.
            widest = np.maximum(widest, _support(slab[:, [0, 2]], angles)) if height > hips else np.maximum(
                0.97 * widest, _support(slab[:, [0, 2]], angles)
            )  # fmt: skip
        low = np.clip((hips - height) / max(hips - hem, 1e-3), 0, 1) if hem < hips else 0.0
        radius = widest + EASE + low * (flare + folds * np.sin(count * angles + phase))
        rings.append(np.stack([radius * np.sin(angles), np.full(AROUND, height), radius * np.cos(angles)], axis=1))
    vertices = np.concatenate(rings).astype(np.float32)
    vertices[:, 2] += float(heads["LeftUpLeg"][2])
    triangles, uv, uv_triangles = _tube()
    return Piece(
        vertices,
        _weights(figure, vertices, hips),
        triangles,
        uv * [rng.uniform(0.5, 3.0), 1.0],
        uv_triangles,
        np.zeros(len(triangles), np.int32),
        (fabric.cloth(rng),),
    )


def _trunk_and_legs(figure: Figure) -> Float:
    """(N, 3) skin without arms, about the axis between the hips."""
    used = np.unique(figure.faces)
    kept = used[figure.arms[used] < 0.1]
    return figure.base[kept] - [0.0, 0.0, figure.heads[figure.bone("LeftUpLeg")][2]]


def _support(points: Float, angles: Float) -> Float:
    """(A,) how far the convex hull of points (N, 2), x and z, goes in each direction, as a radius from the middle."""
    directions = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    reach = (points @ directions.T).max(axis=0)
    # A ray leaves the hull where the first of its tangents cuts it.
    facing = np.cos(angles[:, None] - angles[None, :])
    return np.where(facing > 0.05, reach[None, :] / np.maximum(facing, 0.05), np.inf).min(axis=1)


def _weights(figure: Figure, vertices: Float, hips: float) -> Float:
    """(V, B): with the hips at the waist; lower with the thighs, left and right passing into each other between."""
    weights = np.zeros((len(vertices), len(figure.bone_names)), np.float32)
    low = np.clip((hips + 0.06 - vertices[:, 1]) / 0.20, 0, 1)
    left = 1 / (1 + np.exp(-4 * vertices[:, 0] / BETWEEN_LEGS))
    weights[:, figure.bone("Hips")] = 1 - low
    weights[:, figure.bone("LeftUpLeg")] = low * left
    weights[:, figure.bone("RightUpLeg")] = low * (1 - left)
    return weights


def _tube() -> tuple[npt.NDArray[np.int32], Float, npt.NDArray[np.int32]]:
    """Triangles of DOWN rings of AROUND vertices, their texture coordinates with a seam, outwards facing."""
    ring, place = np.mgrid[0 : DOWN - 1, 0:AROUND].reshape(2, -1)

    def corner(down: int, on: int, around: int) -> npt.NDArray[np.int64]:
        return (ring + down) * around + (place + on) % around

    def quads(around: int) -> npt.NDArray[np.int32]:
        a, b, c, d = corner(0, 0, around), corner(0, 1, around), corner(1, 1, around), corner(1, 0, around)
        return np.concatenate([np.stack([a, d, b], 1), np.stack([b, d, c], 1)]).astype(np.int32)

    rows, columns = np.mgrid[0:DOWN, 0 : AROUND + 1].reshape(2, -1)
    uv = np.stack([columns / AROUND, 1 - rows / (DOWN - 1)], axis=1).astype(np.float32)
    return quads(AROUND), uv, quads(AROUND + 1)

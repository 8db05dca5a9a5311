"""Packs a dressed figure as an avatar's file (docs/dataset.md), in the avatars' rest pose."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...events import Events, progress
from ...job import atomic_write
from ...picture import png_bytes
from ..avatar import skin
from .dress import Wardrobe, dressed
from .figure import Figure
from .piece import Piece

Float = npt.NDArray[np.float32]

INFLUENCES = 4
# Sorted after the names of other avatars, so that these keep their split.
PREFIX = "anny"


def make_people(wardrobe: Path, folder: Path, numbers: range, outfits: int, seed: int, events: Events) -> None:
    """Write `outfits` avatars of every person in `numbers`; those that are there stay. A person depends on the seed and
    the number alone. Raises RestageError `anny_missing`, `wardrobe_empty`, `garment_unreadable`."""
    clothes = Wardrobe.load(wardrobe)
    for number in progress(numbers, events, "people"):
        rng = np.random.default_rng([seed, number])
        figure = Figure.random(rng)
        for _ in range(outfits):
            name, pieces = dressed(figure, clothes, rng)
            path = folder / f"{PREFIX}{number:04d}_{name}.npz"
            if not path.exists():
                with atomic_write(path) as stream:
                    np.savez_compressed(stream, **packed(figure, pieces))


def packed(figure: Figure, pieces: list[Piece]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an avatar's file: pieces in the hanging pose are joined and moved into the T-pose, feet at 0."""
    turns, joints = figure.t_pose()
    offsets = joints - np.einsum("bij,bj->bi", turns, figure.heads)
    vertices: list[Float] = []
    uvs: list[Float] = []
    bones: list[npt.NDArray[np.int64]] = []
    weights: list[Float] = []
    faces: list[npt.NDArray[np.int64]] = []
    fabrics: list[npt.NDArray[np.int64]] = []
    textures: list[npt.NDArray[np.uint8]] = []
    count = 0
    for piece in pieces:
        order = np.argsort(-piece.weights, axis=1)[:, :INFLUENCES]
        shares = np.take_along_axis(piece.weights, order, axis=1)
        shares /= shares.sum(axis=1, keepdims=True)
        posed = skin(piece.vertices, order.astype(np.int32), shares, turns, offsets)
        # A vertex for every place with every texture coordinate that it has.
        pairs = np.stack([piece.triangles, piece.uv_triangles], axis=-1).reshape(-1, 2)
        used, corner = np.unique(pairs, axis=0, return_inverse=True)
        vertices.append(posed[used[:, 0]])
        uvs.append((piece.uv[used[:, 1]] * [1.0, -1.0] + [0.0, 1.0]).astype(np.float32))
        bones.append(order[used[:, 0]])
        weights.append(shares[used[:, 0]])
        faces.append(corner.reshape(-1, 3) + count)
        fabrics.append(piece.fabric + len(textures))
        textures.extend(piece.textures)
        count += len(used)
    points = np.concatenate(vertices)
    floor = float(points[:, 1].min())
    rest = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
    rest[:, :3, 3] = joints - [0.0, floor, 0.0]
    return {
        **_quantised("vertices", points - np.array([0.0, floor, 0.0], np.float32)),
        **_quantised("uv", np.concatenate(uvs)),
        "faces": np.concatenate(faces).astype(np.int32),
        "face_texture": np.concatenate(fabrics).astype(np.uint8),
        "joint_index": np.concatenate(bones).astype(np.uint8),
        "joint_weight": np.round(np.concatenate(weights) * 255).astype(np.uint8),
        "bone_names": np.array(figure.bone_names),
        "bone_parent": np.array(figure.bone_parents, np.int32),
        "bone_rest": rest,
        **{f"texture_{number}": np.frombuffer(png_bytes(texture), np.uint8) for number, texture in enumerate(textures)},
    }


def _quantised(name: str, values: Float) -> dict[str, npt.NDArray[Any]]:
    """Values (N, D) as 16-bit shares of the box that they span."""
    low, high = values.min(axis=0), values.max(axis=0)
    return {
        f"{name}_q": np.round((values - low) / np.maximum(high - low, 1e-9) * 65535).astype(np.uint16),
        f"{name}_min": low.astype(np.float32),
        f"{name}_max": high.astype(np.float32),
    }

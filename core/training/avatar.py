"""A rigged, clothed, textured person in a T-pose, and its posing by linear blend skinning."""

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..arrays import read_npz
from ..errors import RestageError

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Avatar:
    """V vertices (split at seams of the texture), T triangles, B bones. Metres, +Y up, facing +Z, feet at y = 0.

    uv: (V, 2) origin at the texture's top left; face_texture: (T,) index into textures, each (H, W, 3) uint8 RGB;
    weight_bones, weights: (V, 4) skinning; heads: (B, 3) joints in the rest pose; parents come before children.
    """

    name: str
    vertices: Float
    faces: Int
    uv: Float
    face_texture: Int
    textures: tuple[npt.NDArray[np.uint8], ...]
    weight_bones: Int
    weights: Float
    bone_names: tuple[str, ...]
    bone_parents: tuple[int, ...]
    heads: Float

    @classmethod
    def load(cls, path: Path) -> "Avatar":
        """Read a packed avatar (docs/dataset.md). Raises RestageError `avatar_unreadable`."""
        from PIL import Image

        try:
            values = read_npz(path)
            count = sum(name.startswith("texture_") for name in values)
            pictures = [Image.open(io.BytesIO(values[f"texture_{i}"].tobytes())) for i in range(count)]
            return cls(
                name=path.stem,
                vertices=_unpacked(values, "vertices"),
                faces=values["faces"].astype(np.int32),
                uv=_unpacked(values, "uv"),
                face_texture=values["face_texture"].astype(np.int32),
                textures=tuple(np.asarray(picture.convert("RGB")) for picture in pictures),
                weight_bones=values["joint_index"].astype(np.int32),
                weights=values["joint_weight"].astype(np.float32) / 255,
                bone_names=tuple(values["bone_names"].tolist()),
                bone_parents=tuple(values["bone_parent"].tolist()),
                heads=values["bone_rest"][:, :3, 3].astype(np.float32),
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise RestageError(
                "avatar_unreadable",
                f"{path} is not a packed avatar ({type(error).__name__}: {error}). Point --avatars at the folder of"
                " avatars that docs/dataset.md describes.",
            ) from error

    @property
    def person(self) -> str:
        """Whose body and face it is: the name without its outfit."""
        return person_of(self.name)

    @property
    def height(self) -> float:
        """Metres, from the ground to the highest point."""
        return float(self.vertices[:, 1].max())

    @cached_property
    def welded(self) -> Int:
        """(V,) for each vertex the index of its place: vertices that a seam splits share one."""
        quantised = np.round(self.vertices * 2e4).astype(np.int64)
        return np.unique(quantised, axis=0, return_inverse=True)[1].ravel().astype(np.int32)

    def bone(self, name: str) -> int:
        """Index of a bone by its name."""
        return self.bone_names.index(name)

    def joints(self, rotations: Float) -> Float:
        """Positions of the bones' heads, (B, 3) metres, the root's at its rest place.

        rotations: (B, 3, 3) turn of every bone from the rest pose, in the world's axes.
        """
        joints = self.heads.copy()
        for bone, parent in enumerate(self.bone_parents):
            if parent >= 0:
                joints[bone] = joints[parent] + rotations[parent] @ (self.heads[bone] - self.heads[parent])
        return joints

    def posed(self, rotations: Float) -> Float:
        """(V, 3) metres: the mesh with every bone turned by rotations (B, 3, 3), see `joints`."""
        return skin(self.vertices, self.weight_bones, self.weights, *self.transforms(rotations))

    def transforms(self, rotations: Float) -> tuple[Float, Float]:
        """Skinning transforms of the bones, x -> R x + t: (B, 3, 3) and (B, 3)."""
        return rotations, self.joints(rotations) - np.einsum("bij,bj->bi", rotations, self.heads)

    def vertex_normals(self, vertices: Float) -> Float:
        """(V, 3) smooth unit normals of the posed mesh, without breaks at the texture's seams."""
        corners = vertices[self.faces]
        face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        places = self.welded[self.faces].ravel()
        count = int(self.welded.max()) + 1
        sums = [np.bincount(places, np.repeat(face_normals[:, axis], 3), count) for axis in range(3)]
        normals = np.stack(sums, axis=1)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
        return normals[self.welded].astype(np.float32)


def skin(points: Float, bones: Int, weights: Float, rotations: Float, offsets: Float) -> Float:
    """Linear blend skinning: (N, 3) points, (N, K) bones and weights; (B, 3, 3), (B, 3) transforms -> (N, 3)."""
    blend = np.einsum("nk,nkij->nij", weights, rotations[bones])
    return np.einsum("nij,nj->ni", blend, points) + np.einsum("nk,nki->ni", weights, offsets[bones])


def person_of(name: str) -> str:
    """The person's part of an avatar's name, PERSON_OUTFIT."""
    return name.rpartition("_")[0]


def _unpacked(values: dict[str, np.ndarray], name: str) -> Float:
    low, high = values[f"{name}_min"], values[f"{name}_max"]
    return (low + values[f"{name}_q"].astype(np.float32) / 65535 * (high - low)).astype(np.float32)

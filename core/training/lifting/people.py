"""Landmarks of avatars of many builds, posed fast: for networks that see landmarks and no pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...body.model import BodyModel
from ..avatar import Avatar
from ..binding import BoundBody, avatar_bones
from .moves import BONES, INDEX, parents

Float = npt.NDArray[np.float32]

# All people are brought to this height, metres: pictures do not tell how tall somebody is.
HEIGHT = 1.7
# Vertices around a landmark that carry it along.
NEAR = 60


@cache
def landmark_carriers() -> tuple[npt.NDArray[np.intp], Float]:
    """For each of the 33 landmarks the vertices (33, NEAR) around it, and weights (33, NEAR), which add up to one and
    give the landmark of the mean body: the smallest ones that do."""
    model = BodyModel.load()
    exterior = np.flatnonzero(model.exterior)
    chosen, weights = [], []
    for landmark in model.landmark_mean.astype(np.float64):
        away = model.mean_vertices[exterior] - landmark
        near = exterior[np.argsort(np.linalg.norm(away, axis=1))[:NEAR]]
        # Ten centimetres count as much as a sum that is wrong by one.
        equations = np.vstack([10 * (model.mean_vertices[near] - landmark).T, np.ones(NEAR)])
        smallest = np.linalg.solve(equations @ equations.T + 1e-6 * np.eye(4), [0.0, 0.0, 0.0, 1.0])
        chosen.append(near)
        weights.append(equations.T @ smallest)
    return np.stack(chosen), np.stack(weights).astype(np.float32)


def landmarks_of(vertices: Float) -> Float:
    """(V, 3) of a body of the model's topology, in any space -> (33, 3)."""
    near, weights = landmark_carriers()
    return np.einsum("ln,lnj->lj", weights, vertices[near]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class LandmarkedPeople:
    """P people, of one height: landmarks (P, 33, 3) and heads (P, K, 3) of the bones BONES in the T-pose, metres, and
    how much each bone moves each landmark, weights (P, 33, K)."""

    landmarks: Tensor
    heads: Tensor
    weights: Tensor

    def __len__(self) -> int:
        return len(self.landmarks)

    @classmethod
    def load(cls, avatars: Sequence[Path], bodies: Path) -> "LandmarkedPeople":
        """One avatar of each person; bodies: folder of BoundBody."""
        landmarks, heads, weights, known = [], [], [], set()
        for path in avatars:
            avatar = Avatar.load(path)
            if avatar.person in known:
                continue
            known.add(avatar.person)
            size = HEIGHT / avatar.height
            landmarks.append(size * landmarks_of(BoundBody.load(avatar, bodies).rest))
            heads.append(size * np.stack([avatar.heads[avatar.bone(name)] for name in BONES]))
            weights.append(_weights(avatar))
        stacked = (torch.from_numpy(np.stack(values).astype(np.float32)) for values in (landmarks, heads, weights))
        return cls(*stacked)

    def posed(self, chosen: Tensor, turns: Tensor, lengths: Tensor) -> Tensor:
        """(N, T, 33, 3) metres, around the hips' joint.

        chosen: (N,) people; turns: (N, T, K, 3, 3) of the bones from the T-pose; lengths: (N, K) factors of the way
        from a bone's parent to it.
        """
        heads, landmarks, weights = self.heads[chosen], self.landmarks[chosen], self.weights[chosen]
        joints = [torch.zeros(*turns.shape[:2], 3)]
        for bone, parent in enumerate(parents()):
            if parent >= 0:
                offset = (heads[:, bone] - heads[:, parent]) * lengths[:, bone, None]
                joints.append(joints[parent] + torch.einsum("ntij,nj->nti", turns[:, :, parent], offset))
        from_heads = landmarks[:, :, None] - heads[:, None]
        turned = torch.einsum("nlk,ntkij,nlkj->ntli", weights, turns, from_heads)
        return turned + torch.einsum("nlk,ntki->ntli", weights, torch.stack(joints, dim=2))


def _weights(avatar: Avatar) -> Float:
    """(33, K) what each of BONES has of each landmark: other bones follow the one that they hang on."""
    model = BodyModel.load()
    driver = np.zeros(len(avatar.bone_names), dtype=int)
    for bone, (name, parent) in enumerate(zip(avatar.bone_names, avatar.bone_parents, strict=True)):
        driver[bone] = INDEX.get(name, driver[parent] if parent >= 0 else 0)
    weights = np.zeros((len(model.landmark_weights), len(BONES)), np.float32)
    np.add.at(weights.T, driver[avatar_bones(avatar)], model.landmark_weights.T)
    return weights

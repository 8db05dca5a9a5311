"""Avatars as clouds of points on their surface: as many for each, so that they are posed and filmed in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...body.model import BodyModel
from ...lifting.surface_points import surface_points
from ..avatar import Avatar
from ..binding import BoundBody, avatar_bones
from ..lifting.moves import BONES, INDEX
from ..lifting.people import landmark_carriers
from ..photo import texture_colours
from ..variation import Skin

Float = npt.NDArray[np.float32]

# About four points on every pixel of a person who stands in the picture.
POINTS = 120_000
# Bones that may move a point.
INFLUENCES = 4
# Hands move, too, though motions do not hold them.
HANDS = ("LeftHand", "RightHand")
MOVED = (*BONES, *HANDS)


@dataclass(frozen=True, eq=False)
class Clouds:
    """A avatars in the T-pose, metres. Surface: places, normals (A, M, 3), colours (A, M, 3) uint8, garment (A, M)
    uint8 (0 is skin), bones, weights (A, M, INFLUENCES) of MOVED. Body: body (A, V, 3), its body_bones, body_weights
    (A, V, INFLUENCES), and from its V vertices by `carriers` (Q, V) the points to be found. heads (A, K, 3);
    height (A,).
    """

    places: Tensor
    normals: Tensor
    colours: Tensor
    garment: Tensor
    bones: Tensor
    weights: Tensor
    body: Tensor
    body_bones: Tensor
    body_weights: Tensor
    heads: Tensor
    height: Tensor
    carriers: Tensor

    def __len__(self) -> int:
        return len(self.places)

    def to(self, device: torch.device) -> "Clouds":
        return Clouds(**{name: value.to(device) for name, value in vars(self).items()})

    @classmethod
    def load(cls, avatars: Sequence[Path], bodies: Path) -> "Clouds":
        """bodies: folder of BoundBody."""
        rows = [cloud_of(path, bodies) for path in avatars]
        return cls.of(rows)

    @classmethod
    def of(cls, rows: Sequence[dict[str, npt.NDArray[np.generic]]]) -> "Clouds":
        """From what cloud_of gave for each avatar."""
        stacked = {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}
        return cls(**stacked, carriers=torch.from_numpy(_carriers()[1]))


def cloud_of(path: Path, bodies: Path) -> dict[str, npt.NDArray[np.generic]]:
    """One avatar's row of Clouds."""
    avatar = Avatar.load(path)
    rng = np.random.default_rng(0)
    corners = avatar.vertices[avatar.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    faces = np.sort(rng.choice(len(areas), POINTS, p=areas / areas.sum()))
    within = np.sqrt(rng.random((POINTS, 1))), rng.random((POINTS, 1))
    weights = np.concatenate([1 - within[0], within[0] * (1 - within[1]), within[0] * within[1]], axis=1)
    on = avatar.faces[faces]

    def at(values: Float) -> Float:
        return np.einsum("mk,mkc->mc", weights, values[on]).astype(np.float32)

    normals = at(avatar.vertex_normals(avatar.vertices))
    colours = texture_colours(avatar, faces, at(avatar.uv))
    bare = Skin.of(avatar).covers(colours.astype(np.float32) / 255)
    drivers = _drivers(avatar)
    # A point moves as its face's first corner does: faces are small.
    first = on[:, 0]
    bones, shares = _merged(drivers[avatar.weight_bones[first]], avatar.weights[first])
    bound, model = BoundBody.load(avatar, bodies), BodyModel.load()
    chosen = _carriers()[0]
    body_bones, body_shares = _merged(drivers[avatar_bones(avatar)[model.weight_bones[chosen]]], model.weights[chosen])
    return {
        "places": at(avatar.vertices),
        "normals": normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6),
        "colours": colours,
        "garment": np.where(bare, 0, 1 + avatar.face_texture[faces] % 3).astype(np.uint8),
        "bones": bones,
        "weights": shares,
        "body": bound.rest[chosen].astype(np.float32),
        "body_bones": body_bones,
        "body_weights": body_shares,
        "heads": np.stack([avatar.heads[avatar.bone(name)] for name in MOVED]).astype(np.float32),
        "height": np.array(avatar.height, np.float32),
    }


def _carriers() -> tuple[npt.NDArray[np.intp], Float]:
    """Vertices (V,) of the body model, and (Q, V) how landmarks and points of the surface follow from them."""
    near, weights = landmark_carriers()
    surface = surface_points()
    vertices = np.unique(np.concatenate([near.ravel(), surface]))
    carriers = np.zeros((len(near) + len(surface), len(vertices)), np.float32)
    for row, (own, share) in enumerate(zip(near, weights, strict=True)):
        carriers[row, np.searchsorted(vertices, own)] = share
    carriers[np.arange(len(near), len(carriers)), np.searchsorted(vertices, surface)] = 1.0
    return vertices, carriers


def _drivers(avatar: Avatar) -> npt.NDArray[np.int64]:
    """For each of the avatar's bones the one of MOVED that it follows."""
    known = {**INDEX, **{name: len(BONES) + place for place, name in enumerate(HANDS)}}
    drivers = np.zeros(len(avatar.bone_names), np.int64)
    for bone, (name, parent) in enumerate(zip(avatar.bone_names, avatar.bone_parents, strict=True)):
        drivers[bone] = known.get(name, drivers[parent] if parent >= 0 else 0)
    return drivers


def _merged(bones: npt.NDArray[np.int64], weights: Float) -> tuple[npt.NDArray[np.uint8], Float]:
    """(N, K) influences, the INFLUENCES strongest of them after those of one bone are added."""
    whole = np.zeros((len(bones), len(MOVED)), np.float32)
    for column in range(bones.shape[1]):
        np.add.at(whole, (np.arange(len(bones)), bones[:, column]), weights[:, column])
    strongest = np.argsort(-whole, axis=1)[:, :INFLUENCES]
    shares = np.take_along_axis(whole, strongest, axis=1)
    return strongest.astype(np.uint8), (shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-6)).astype(np.float32)

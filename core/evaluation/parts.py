"""Which part of a person a place of its surface belongs to."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..face.body_face import face_share
from ..training.avatar import Avatar

Float = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.bool_]

# Skin belongs to the face from this share on (face_share): within three and a half centimetres of its features.
LEAST_FACE = 0.5


def person_parts(avatar: Avatar, world: Float, body: Float) -> dict[str, Chosen]:
    """By `head`, `hands` and `rest`, (T,) which of the avatar's triangles belong to it: what moves them most; and
    `face`, what of the head lies nearest to the body model's eyes, nose, mouth and chin.

    world: (V, 3) the posed avatar, body: (B, 3) the body model inside it, metres.
    """
    part_of_bone = []
    for name, parent in zip(avatar.bone_names, avatar.bone_parents, strict=True):
        inherited = part_of_bone[parent] if parent >= 0 else "rest"
        own = "head" if name == "Head" else "hands" if name in ("LeftHand", "RightHand") else inherited
        part_of_bone.append(own)
    strongest = np.take_along_axis(avatar.weight_bones, avatar.weights.argmax(axis=1)[:, None], axis=1)[:, 0]
    labels = np.array(part_of_bone)[strongest[avatar.faces[:, 0]]]
    parts = {name: labels == name for name in ("head", "hands", "rest")}
    return {"face": _face(parts["head"], world[avatar.faces].mean(axis=1), body)} | parts


def _face(head: Chosen, middles: Float, body: Float) -> Chosen:
    """(T,) which triangles of the head, with their middles (T, 3), are of the face of a body (B, 3)."""
    from scipy.spatial import KDTree

    model = BodyModel.load()
    skin = np.flatnonzero(model.of_parts("head") & model.exterior)
    triangles = np.flatnonzero(head)
    nearest = skin[KDTree(body[skin]).query(middles[triangles])[1]]
    face = np.zeros(len(head), bool)
    face[triangles] = face_share()[nearest] > LEAST_FACE
    return face

"""A clip in which a person turns the head, made of numbers alone."""

import numpy as np
import roma
import torch

from core.body.fit import BodyMotion
from core.body.model import BodyModel, forward_kinematics
from core.face.body_face import BodyFace
from core.face.files import ClipFace
from tests.core.seen import Seen

FRAMES, FOCAL, SIZE = 6, 1500.0, (1000, 1000)
# The person stands four metres away, and a little to the right.
PLACE = np.array([0.5, -0.6, -4.0], np.float32)
BODY = BodyModel.load()


SEEN = Seen(torch.ones(FRAMES - 1, dtype=torch.bool), FOCAL, SIZE)


def motion(head: np.ndarray) -> BodyMotion:
    """A body at rest but for its head's rotation (3,), axis-angle."""
    rotations = np.zeros((FRAMES, len(BODY.bone_names), 3), np.float32)
    rest = BodyMotion(
        rotations,
        np.repeat(PLACE[None], FRAMES, axis=0),
        np.repeat(BODY.mean_heads[None], FRAMES, axis=0),
        np.repeat(BODY.landmark_mean[None], FRAMES, axis=0),
        np.zeros(BODY.shape_count, np.float32),
        1.0,
        FOCAL,
    )
    turned = rotations.copy()
    turned[:, BODY.bone("head")] = head
    return rest.with_rotations(torch.from_numpy(turned))


def head_turn(moved: BodyMotion) -> np.ndarray:
    """(FRAMES, 3, 3) the head's rotation in the camera's axes."""
    heads = torch.from_numpy(BODY.mean_heads)[None]
    matrices, _ = forward_kinematics(
        BODY.bone_parents, heads, torch.from_numpy(moved.rotations), torch.from_numpy(moved.translation)
    )
    return matrices[:, BODY.bone("head")].numpy()


def degrees_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(FRAMES,) between rotations."""
    return np.degrees(roma.rotmat_geodesic_distance(torch.from_numpy(first), torch.from_numpy(second)).numpy())


def face_of(moved: BodyMotion, trust: float, ways: np.ndarray | None = None) -> ClipFace:
    """What the network sees of the motion's face, whose landmarks are moved by ways (468, 3) in the rest pose."""
    face = BodyFace.load()
    turn = head_turn(moved)
    head = moved.joints[:, BODY.bone("head")]
    local = face.seen - BODY.mean_heads[BODY.bone("head")] + (0 if ways is None else ways)
    points = head[:, None] + np.einsum("fij,nj->fni", turn, local)
    depth = -points[..., 2:]
    image = points[..., :2] * [1, -1] * FOCAL / depth + np.array(SIZE) / 2
    # Depths count along the way to the face, in pixels at the face.
    middle = points.mean(axis=1, keepdims=True)
    along = middle / np.linalg.norm(middle, axis=2, keepdims=True)
    away = ((points - middle) * along).sum(axis=2, keepdims=True) * FOCAL / -middle[..., 2:]
    landmarks = np.concatenate([image, away], axis=2).astype(np.float32)
    return ClipFace(np.arange(FRAMES), landmarks, np.full(FRAMES, trust, np.float32))

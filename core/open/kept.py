"""Where the network's surface gives way to the body's: at hands and in the face, which are finer than it sees, and at
bare arms, which it likes to give sleeves."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..surface.silhouette import averaged, softness

Float = npt.NDArray[np.float32]

# Steps over which a hand's share fades into the forearm.
FADE_STEPS = 6
# A real face differs from the body's, so the network keeps a say.
FACE_SHARE = 0.7
# Feet are as thin as the network sees, and point at the camera more often than anything else.
FOOT_SHARE = 0.5
# Arms that wear nothing are the body's, but for how strong they are.
ARM_SHARE = 0.7


@cache
def body_share() -> Float:
    """(V,) for each vertex of the body, how much the body's surface counts against the network's near it, 0-1."""
    return np.maximum(hand_share(), FACE_SHARE * face()).astype(np.float32)


def face() -> Float:
    """(V,) how far each vertex is of the face, 0-1."""
    return np.clip((1.0 - softness()) / 0.9, 0.0, 1.0).astype(np.float32)


@cache
def field_share() -> Float:
    """(V,) the same for occupancy: feet count too, whose form the mesh has from the network and the body alike."""
    return np.maximum(body_share(), limb_share())


def arm_share(bare: Float) -> Float:
    """(V,) the same of arms, as far as they are `bare` (V,), 0-1."""
    return (ARM_SHARE * BodyModel.load().of_parts("upper_arm", "forearm") * bare).astype(np.float32)


@cache
def limb_share() -> Float:
    """(V,) the same of hands and feet alone."""
    return np.maximum(hand_share(), _faded(FOOT_SHARE * BodyModel.load().of_parts("foot").astype(np.float32)))


@cache
def hand_share() -> Float:
    """(V,) the same of hands alone."""
    return _faded(BodyModel.load().of_parts("hand").astype(np.float32))


def _faded(share: Float) -> Float:
    return averaged(share, FADE_STEPS)

"""Colours of places that are not theirs: a shirt that shows past an arm leaves a patch on its far side, grass along the
outline a patch on the shirt."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..surface.silhouette import neighbour_average
from .completion import complete

Float = npt.NDArray[np.float32]

# Mean squared trust over the frames below which a place is seldom seen, at most, and as a share of what the part has;
# and the largest below which it is never seen well.
SELDOM, SHARE, WELL = 0.3, 0.5, 0.3
# Colours (0-255) of seldom seen places may differ by this much from what is seen around them; next to a stain by less.
STAIN, RIM = 60.0, 30.0
RIM_STEPS = 4


def unstained(colours: Float, weight: Float) -> Float:
    """(V, 3) the body's colours 0-255 with places of the arms that are seldom seen, and any that are never seen well,
    like what is seen around them, if they look like nothing there. weight: (F, V) squared trust of each frame."""
    model, support = BodyModel.load(), weight.mean(axis=0)
    seldom = weight.max(axis=0) < WELL
    for name in ("upper_arm", "forearm"):
        part = model.of_parts(name)
        seldom |= part & (support < min(SELDOM, SHARE * float(np.percentile(support[part], 90))))
    around = complete(colours, (support > 0) & ~seldom)
    apart = np.linalg.norm(colours - around, axis=1)
    stained = seldom & (apart > STAIN)
    for _ in range(RIM_STEPS):
        stained |= (neighbour_average() @ stained.astype(np.float32) > 0) & seldom & (apart > RIM)
    return np.where(stained[:, None], around, colours)

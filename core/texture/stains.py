"""Colours of arms that are not theirs: a shirt that shows past an arm leaves a patch on its far side."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..surface.silhouette import neighbour_average
from .completion import complete

Float = npt.NDArray[np.float32]

# Mean squared trust over the frames below which a place is seldom seen, at most, and as a share of what the part has.
SELDOM, SHARE = 0.3, 0.5
# Colours (0-255) of seldom seen places may differ by this much from what is seen around them; next to a stain by less.
STAIN, RIM = 60.0, 30.0
RIM_STEPS = 4


def unstained(colours: Float, support: Float) -> Float:
    """(V, 3) the body's colours 0-255 with places of the arms that are seldom seen, and look like nothing around them,
    like what is seen around them. support: (V,) mean squared trust of the frames that show each vertex."""
    model = BodyModel.load()
    seldom = np.zeros(len(support), bool)
    for name in ("upper_arm", "forearm"):
        part = model.of_parts(name)
        seldom |= part & (support < min(SELDOM, SHARE * float(np.percentile(support[part], 90))))
    around = complete(colours, (support > 0) & ~seldom)
    apart = np.linalg.norm(colours - around, axis=1)
    stained = seldom & (apart > STAIN)
    for _ in range(RIM_STEPS):
        stained |= (neighbour_average() @ stained.astype(np.float32) > 0) & seldom & (apart > RIM)
    return np.where(stained[:, None], around, colours)

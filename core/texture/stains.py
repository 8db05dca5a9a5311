"""Colours of places that are not theirs: a shirt that shows past an arm leaves a patch on its far side, grass along the
outline a patch on the shirt."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..surface.silhouette import neighbour_average
from .completion import complete

Float = npt.NDArray[np.float32]

ARM = ("upper_arm", "forearm")
# Mean squared trust over the frames below which a place is seldom seen, at most, and as a share of what the part has;
# and the largest below which it is never seen well.
SELDOM, SHARE, WELL = 0.3, 0.5, 0.3
# Colours (0-255) of seldom seen places may differ by this much from what is seen around them; next to a stain by less.
STAIN, RIM = 60.0, 30.0
RIM_STEPS = 4
# A patch on an arm that less of what is seen within so many metres looks like, is none of its own, however well it is
# seen: an elbow of the body reaches past that of the person.
NEAR, LONELY = 0.05, 0.2


def unstained(colours: Float, weight: Float) -> Float:
    """(V, 3) the body's colours 0-255 with places of the arms that are seldom seen, or like little around them, and any
    that are never seen well, like what is seen around them, if they look like nothing there. weight: (F, V) squared
    trust of each frame."""
    model, support = BodyModel.load(), weight.mean(axis=0)
    seldom = weight.max(axis=0) < WELL
    for name in ARM:
        part = model.of_parts(name)
        seldom |= part & (support < min(SELDOM, SHARE * float(np.percentile(support[part], 90))))
    seldom |= _lonely(colours, np.where(model.of_parts(*ARM), support, 0.0))
    around = complete(colours, (support > 0) & ~seldom)
    apart = np.linalg.norm(colours - around, axis=1)
    stained = seldom & (apart > STAIN)
    for _ in range(RIM_STEPS):
        stained |= (neighbour_average() @ stained.astype(np.float32) > 0) & seldom & (apart > RIM)
    return np.where(stained[:, None], around, colours)


def _lonely(colours: Float, support: Float) -> npt.NDArray[np.bool_]:
    """(V,) which of the vertices that have support, (V,), have little of their colour (V, 3) around them."""
    from scipy.spatial import KDTree

    seen = support > 0
    lonely = np.zeros(len(seen), np.bool_)
    if not seen.any():
        return lonely
    places = BodyModel.load().mean_vertices[seen]
    pairs = KDTree(places).query_pairs(NEAR, output_type="ndarray")
    own, weight = colours[seen], support[seen]
    first, second = np.concatenate([pairs, pairs[:, ::-1]]).T
    like = np.linalg.norm(own[first] - own[second], axis=1) < RIM
    around = np.bincount(first, weight[second], len(own))
    alike = np.bincount(first, weight[second] * like, len(own))
    lonely[seen] = alike < LONELY * around
    return lonely

"""No line runs along the body where its other side begins to lend its colours to what nobody sees.

The two sides are never quite alike in a picture: one is in shade, or a camera has no colour for so deep a red. What is
lent goes on from what is seen beside it, and becomes what it was further away (as images are blended by a membrane:
Pérez, Gangnet, Blake, Poisson Image Editing, SIGGRAPH 2003). It is a matter of light, by which colours are multiplied,
so what is filled in later does not take the shaded and the plain for two cloths.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix

from ..surface.silhouette import neighbour_average
from .contrast import contrast
from .regions import apart_in_light

Colours = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.bool_]

# Beside each other, colours (0-255) further apart than this are of two cloths, between which a line is right; what is
# added to colours before they are divided; and by how much, as a logarithm, they change at most.
TWO_CLOTHS, FLOOR, MOST = 90.0, 20.0, 1.0
# Steps of averaging over neighbours, and the weight of not changing: about 20 cm away half of a change is left.
STEPS, STAY = 40, 0.01


def light_across(colours: Colours, seen: Chosen, lent: Chosen) -> Colours:
    """(V, 3) by what to multiply colours of the body's vertices that nobody sees so that those that are `lent` (V,) go
    on from those that are `seen` (V,); 1 for what is seen, and far from it. colours: (V, 3) 0-255."""
    around = neighbour_average()
    pairs = coo_matrix(around)
    border = lent[pairs.row] & seen[pairs.col]
    own, other = colours[pairs.row[border]], colours[pairs.col[border]]
    alike = apart_in_light(other, own) < TWO_CLOTHS * contrast(colours[seen | lent])
    steps = np.clip(np.log(other + FLOOR) - np.log(own + FLOOR), -MOST, MOST)[alike]
    at = pairs.row[border][alike]
    count = np.bincount(at, minlength=len(colours))
    total = np.stack([np.bincount(at, step, len(colours)) for step in steps.T], axis=1)
    share = (count > 0)[:, None].astype(np.float32)
    change = (total / np.maximum(count, 1)[:, None]).astype(np.float32)
    # Nothing is lost to what is seen.
    unseen = (~seen)[:, None].astype(np.float32)
    unseen /= np.maximum(around @ unseen, 1e-6)
    for _ in range(STEPS):
        change, share = (unseen * (around @ values) for values in (change, share))
    return np.exp(change / (share + STAY)).astype(np.float32)

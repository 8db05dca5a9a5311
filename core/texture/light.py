"""How light falls on a person: how bright a surface is by the way it faces.

What no frame shows is lit as what they show: shoulders from above, a flank from its side. Nothing tells how what is
turned away from the camera is lit, so the light is taken to be the same there as in front.
"""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..surface.silhouette import averaged
from .regions import main_colours, nearest_of

Float = npt.NDArray[np.float32]
Values = npt.NDArray[np.floating]

# Rounds of fitting in which samples count less the further off they are, from about this much on (of a logarithm).
ROUNDS, OFF = 6, 0.15
# How much a sample of no light at all counts against all others; and how strong light may be.
NO_LIGHT, STRONGEST = 0.005, 0.8
# Darker than this (0-255) a colour says nothing of light.
DARKEST = 3.0
# How far the light of what is not seen is that of the other side, so that half of what sets the sides apart is left;
# and steps of averaging over neighbours to there.
EVENED, EVENED_STEPS = np.float32(0.25), 20
# How little what a frame hides counts in what the frames show of a place on average.
HIDDEN = 0.05


def brightness(shown: Float, weight: Float, normals: Float, colours: Float, known: npt.NDArray[np.bool_]) -> Float:
    """(V, 1) by how much light makes each of V places brighter than its own colour, on average over the frames in which
    it is seen, or else over all: about 0.5 to 2.

    shown: (F, V, 3) colours 0-255 that F frames show; weight: (F, V) how surely, 0-1; normals: (F, V, 3) unit normals
    there, in the camera's axes; colours (V, 3) and known (V,): what the frames together show.

    Every cloth has one colour, so what varies over it as its normals do is light: of second order in the normal, as is
    all light from afar on what reflects it evenly (Ramamoorthi and Hanrahan, An Efficient Representation for Irradiance
    Environment Maps, SIGGRAPH 2001). Least squares of logarithms, iteratively reweighted.
    """
    if not known.any():
        return np.ones((len(colours), 1), np.float32)
    ways = _ways(normals)
    mains = main_colours(colours, known)
    cloth = nearest_of(colours, mains)[:, None] == np.arange(len(mains))
    terms = np.concatenate([ways, np.broadcast_to(cloth, (*weight.shape, len(mains)))], axis=2)
    seen = known & (weight > 0)
    logarithms = np.log(np.maximum(shown[seen].mean(axis=1), DARKEST))
    light = _fitted(terms[seen], logarithms, weight[seen], ways.shape[2])
    share = weight + HIDDEN
    strength = (share * np.clip(ways @ light, -STRONGEST, STRONGEST)).sum(axis=0) / share.sum(axis=0)
    return np.exp(strength).astype(np.float32)[:, None]


def evened(light: Float, seen: npt.NDArray[np.bool_]) -> Float:
    """`light` (V, 1), where nothing is `seen` (V,) nearer to that of the body's other side: what is brighter on one
    side may be a shadow or a fold on the other, and there nothing tells."""
    share = np.where(seen, np.float32(0), EVENED)[:, None]
    share = np.where(seen[:, None], np.float32(0), averaged(share, EVENED_STEPS))
    return light * (light[BodyModel.load().mirror] / light) ** share


def from_other_side(colours: Float, light: Float) -> Float:
    """(V, 3) what `colours` (V, 3) of the body say of the other side of the body, as that is lit by `light` (V, 1)."""
    mirror = BodyModel.load().mirror
    return np.clip(colours[mirror] * (light / light[mirror]), 0.0, 255.0)


def _ways(normals: Float) -> Values:
    """(..., 5) polynomials of unit normals (..., 3), even in depth."""
    x, y = normals[..., 0].astype(np.float64), normals[..., 1].astype(np.float64)
    return np.stack([x, y, x * x, y * y, x * y], axis=-1)


def _fitted(terms: Values, logarithms: Values, weight: Values, of_light: int) -> Values:
    """(of_light,) how much each of the first terms (N, K) adds to the logarithms (N,) that count by their weight."""
    free = np.arange(terms.shape[1]) >= of_light
    against = np.diag(np.where(free, 1e-6, NO_LIGHT) * weight.sum())
    believed, found = weight, np.zeros(terms.shape[1])
    for _ in range(ROUNDS):
        found = np.linalg.solve(terms.T @ (believed[:, None] * terms) + against, terms.T @ (believed * logarithms))
        believed = weight / (1.0 + ((logarithms - terms @ found) / OFF) ** 2)
    return found[:of_light]

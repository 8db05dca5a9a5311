"""What has one colour, or colours that run into each other, is one region of the body: a shirt, a sleeve's arm, a shoe.

The body's vertices are one to two centimetres apart, so that colours between them would run from one region into the
other. Regions end in a line instead, as hems do.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix

from ..surface.silhouette import averaged, neighbour_average
from .contrast import contrast

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Neighbours whose colours (0-255) differ by less, in good light, are of one region; fewer vertices than these are none.
APART, LEAST = 18.0, 40
# Of so many vertices at most the main colours are told.
LOOKED_AT = 1500
# What differs by less is one cloth in light and shade, which is up to so many times as dark; and how much that counts.
ANOTHER, SHADE, LIGHT_COUNTS = 35.0, 1.7, 0.2
# Skin in any light is at least so red, 0-255, and has so much less blue, as a share of its red.
LEAST_RED, REDDER = 50.0, 0.15
# Steps of averaging over neighbours by which the lines between regions are smooth; and over which their colours go on.
LINE_STEPS, COLOUR_STEPS = 3, 5


@dataclass(frozen=True)
class Regions:
    """K regions of V vertices. labels: (V,); shares: (V, K) 0-1, how far each vertex is of each region, of which the
    largest counts; colours: (V, K, 3) 0-255, those that each region has there, or would have."""

    labels: npt.NDArray[np.intp]
    shares: Float
    colours: Float

    @classmethod
    def of(cls, colours: Float) -> "Regions":
        """Of the body's colours (V, 3) 0-255."""
        first = _connected(colours)
        own = (first[:, None] == np.arange(first.max() + 1)).astype(np.float32)
        shares = averaged(own, LINE_STEPS)
        total = own[..., None] * colours[:, None]
        total = averaged(total.reshape(len(own), -1), COLOUR_STEPS).reshape(total.shape)
        count = averaged(own, COLOUR_STEPS)
        there = (count > 0)[..., None] & (own == 0)[..., None]
        spread = np.where(there, total / np.maximum(count, 1e-9)[..., None], colours[:, None])
        return cls(shares.argmax(axis=1), shares.astype(np.float32), spread.astype(np.float32))

    def mix(self, corners: Indices, weights: Float, soft: float = 0.0) -> Float:
        """(N, 3) colours between vertices: corners (N, C) of the body, and their weights (N, C), which sum to 1. soft:
        the two largest shares that differ by less are blended, for meshes whose vertices are too few for a line."""
        labels = self.labels[corners]
        chosen = labels[:, 0]
        mixed = np.flatnonzero((labels != chosen[:, None]).any(axis=1))
        shares = np.einsum("nck,nc->nk", self.shares[corners[mixed]], weights[mixed])
        chosen[mixed] = shares.argmax(axis=1)
        result = self._between(corners, weights, chosen)
        if soft > 0 and len(mixed) > 0:
            ordered = np.argsort(shares, axis=1)[:, -2:]
            second, first = np.take_along_axis(shares, ordered, axis=1).T
            blended = np.clip(0.5 - 0.5 * (first - second) / soft, 0.0, 0.5)[:, None]
            other = self._between(corners[mixed], weights[mixed], ordered[:, 0])
            result[mixed] += blended * (other - result[mixed])
        return result

    def _between(self, corners: Indices, weights: Float, chosen: Indices) -> Float:
        """(N, 3) the chosen region's (N,) colours between vertices."""
        result = np.zeros((len(corners), 3), np.float32)
        for corner, weight in zip(corners.T, weights.T, strict=True):
            result += weight[:, None] * self.colours[corner, chosen]
        return result


def main_colours(colours: Float, among: npt.NDArray[np.bool_]) -> Float:
    """(K, 3) the colours of cloth, skin and hair that the vertices `among` (V,) show of their colours (V, 3) 0-255,
    the most frequent first; at least one. Where colours change from a vertex to the next, as at a hem, they are none;
    nor are those of a cloth that was found, in another light.

    The colour that has most others near it, then the same of what is left (Yager and Filev, Approximate Clustering via
    the Mountain Method, IEEE Transactions on Systems, Man and Cybernetics 1994).
    """
    near = contrast(colours[among])
    pairs = coo_matrix(neighbour_average())
    steep = among[pairs.col] & (np.linalg.norm(colours[pairs.row] - colours[pairs.col], axis=1) > APART * near)
    calm = among.copy()
    calm[pairs.row[steep]] = False
    step = int(calm.sum()) // LOOKED_AT + 1
    left = colours[calm][::step]
    found: list[Float] = []
    while len(left) * step >= LEAST:
        like = np.linalg.norm(left[:, None] - left, axis=2) < APART * near
        most = int(like.sum(axis=1).argmax())
        if like[most].sum() * step < LEAST:
            break
        colour = np.median(left[like[most]], axis=0)
        if all(_apart(colour, other) > ANOTHER * near for other in found):
            found.append(colour)
        left = left[~like[most]]
    return np.stack(found or [colours[among].mean(axis=0)])


def nearest_of(colours: Float, mains: Float) -> npt.NDArray[np.intp]:
    """(N,) which of (K, 3) colours each of (N, 3) is nearest to."""
    return np.linalg.norm(colours[:, None] - mains, axis=2).argmin(axis=1)


def apart_in_light(first: Float, second: Float) -> Float:
    """(...,) how far apart two colours (..., 3) are, 0-255, where what light and shade may make of the second counts
    little."""
    light = (first * second).sum(axis=-1) / np.maximum((second * second).sum(axis=-1), 1.0)
    lit = np.clip(light, 1 / SHADE, SHADE)[..., None] * second
    return np.linalg.norm(first - lit, axis=-1) + LIGHT_COUNTS * np.linalg.norm(first - second, axis=-1)


def has_skin_hue(colours: Float) -> npt.NDArray[np.bool_]:
    """(...,) whether colours (..., 3) 0-255 can be skin's, of any tone, and not too dark to tell; brown cloth's are as
    well."""
    return (colours[..., 0] > LEAST_RED) & is_reddish(colours)


def is_reddish(colours: Float) -> npt.NDArray[np.bool_]:
    """(...,) whether colours (..., 3) 0-255 are redder than green and greener than blue, as skin of every tone is."""
    red, green, blue = np.moveaxis(colours, -1, 0)
    return (red > green) & (green > blue) & (redness(colours) > REDDER)


def redness(colours: Float) -> Float:
    """(...) how much less blue than red colours (..., 3) are, as a share of red."""
    return (colours[..., 0] - colours[..., 2]) / np.maximum(colours[..., 0], 1.0)


def _apart(first: Float, second: Float) -> Float:
    """How far two main colours (3,) are apart. Limbs are round and shine: skin is skin however it is lit."""
    skin = has_skin_hue(first) & has_skin_hue(second)
    light = LIGHT_COUNTS * np.linalg.norm(first - second, axis=-1)
    return apart_in_light(first, second) - np.where(skin, light, 0.0)


def _connected(colours: Float) -> npt.NDArray[np.intp]:
    """(V,) the region of each vertex: neighbours of like colours are linked; what is small joins what is most like it
    around it."""
    from scipy.sparse.csgraph import connected_components

    pairs = coo_matrix(neighbour_average())
    apart = np.linalg.norm(colours[pairs.row] - colours[pairs.col], axis=1)
    alike = apart < APART * contrast(colours)
    links = coo_matrix((alike[alike], (pairs.row[alike], pairs.col[alike])), shape=pairs.shape)
    labels = connected_components(links, directed=False)[1].astype(np.intp)
    small = np.bincount(labels)[labels] < LEAST
    while small.any():
        # The most alike of each small one's neighbours that are large.
        edge = np.flatnonzero(small[pairs.row] & ~small[pairs.col])
        if len(edge) == 0:
            break
        edge = edge[np.lexsort((apart[edge], pairs.row[edge]))]
        joined, first = np.unique(pairs.row[edge], return_index=True)
        labels[joined] = labels[pairs.col[edge[first]]]
        small[joined] = False
    # Eyes and teeth have no neighbours among the large: they are all one, with colours of their own.
    labels[small] = labels.max() + 1
    return np.unique(labels, return_inverse=True)[1]

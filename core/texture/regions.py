"""What has one colour, or colours that run into each other, is one region of the body: a shirt, a sleeve's arm, a shoe.

The body's vertices are one to two centimetres apart, so that colours between them would run from one region into the
other. Regions end in a line instead, as hems do.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix

from ..surface.silhouette import neighbour_average
from .contrast import contrast

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Neighbours whose colours (0-255) differ by less, in good light, are of one region; fewer vertices than these are none,
# and no main one without so many away from its edge.
APART, LEAST, INNER = 18.0, 40, 8
# What differs by less is one cloth in light and shade, which is up to so many times as dark; and how much that counts.
ANOTHER, SHADE, LIGHT_COUNTS = 35.0, 1.7, 0.2
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
        shares = own
        for _ in range(LINE_STEPS):
            shares = neighbour_average() @ shares
        total, count = own[..., None] * colours[:, None], own
        for _ in range(COLOUR_STEPS):
            total = (neighbour_average() @ total.reshape(len(own), -1)).reshape(total.shape)
            count = neighbour_average() @ count
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
    """(K, 3) medians of the regions that the vertices `among` (V,) make of their colours (V, 3) 0-255, the largest
    first; at least one. A region has some width: the ring of shades between a shirt and trousers is none. What is of a
    larger one's cloth, in another light, is none, either."""
    labels, links = _linked(colours, among)
    inner = among.copy()
    inner[links.row[labels[links.row] != labels[links.col]]] = False
    size, width = (np.bincount(labels[chosen], minlength=len(labels)) for chosen in (among, inner))
    wide = np.flatnonzero((size >= LEAST) & (width >= INNER))
    found = [colours[among].mean(axis=0)] if len(wide) == 0 else []
    for label in wide[size[wide].argsort()[::-1]]:
        median = np.median(colours[among & (labels == label)], axis=0)
        if all(_apart_in_light(median, other) > ANOTHER * contrast(colours[among]) for other in found):
            found.append(median)
    return np.stack(found)


def _apart_in_light(first: Float, second: Float) -> float:
    """How far apart two colours (3,) are, 0-255, where what light and shade may make of the second counts little."""
    light = np.clip(first @ second / max(float(second @ second), 1.0), 1 / SHADE, SHADE)
    return float(np.linalg.norm(first - light * second) + LIGHT_COUNTS * np.linalg.norm(first - second))


def _connected(colours: Float) -> npt.NDArray[np.intp]:
    """(V,) the region of each vertex: neighbours of like colours are linked; what is small joins what is most like it
    around it."""
    labels, links = _linked(colours, np.ones(len(colours), np.bool_))
    small = np.bincount(labels)[labels] < LEAST
    while small.any():
        # The most alike of each small one's neighbours that are large.
        edge = np.flatnonzero(small[links.row] & ~small[links.col])
        if len(edge) == 0:
            break
        edge = edge[np.lexsort((links.data[edge], links.row[edge]))]
        joined, first = np.unique(links.row[edge], return_index=True)
        labels[joined] = labels[links.col[edge[first]]]
        small[joined] = False
    # Eyes and teeth have no neighbours among the large: they are all one, with colours of their own.
    labels[small] = labels.max() + 1
    return np.unique(labels, return_inverse=True)[1]


def _linked(colours: Float, among: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], coo_matrix]:
    """(V,) labels that neighbours of like colours share, of the vertices `among` (V,), others have their own; and how
    far apart the colours of neighbours are, (V, V)."""
    from scipy.sparse.csgraph import connected_components

    pairs = coo_matrix(neighbour_average())
    apart = np.linalg.norm(colours[pairs.row] - colours[pairs.col], axis=1)
    alike = (apart < APART * contrast(colours[among])) & among[pairs.row] & among[pairs.col]
    links = coo_matrix((alike[alike], (pairs.row[alike], pairs.col[alike])), shape=pairs.shape)
    labels = connected_components(links, directed=False)[1].astype(np.intp)
    return labels, coo_matrix((apart, (pairs.row, pairs.col)), shape=pairs.shape)

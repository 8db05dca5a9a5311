"""What has one colour, or colours that run into each other, is one region of the body: a shirt, a sleeve's arm, a shoe.

The body's vertices are one to two centimetres apart, so that colours between them would run from one region into the
other. Regions end in a line instead, as hems do.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..surface.silhouette import neighbour_average
from .contrast import contrast

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Neighbours whose colours (0-255) differ by less, in good light, are of one region; fewer vertices than these are none.
APART, LEAST, INNER = 18.0, 40, 8
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
        first = connected(colours)
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


def connected(colours: Float, among: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.intp]:
    """(V,) the region of each vertex: neighbours of like colours are linked; what is small, or nowhere wider than the
    line between two others, joins what is most like it around it.

    among: (V,) the vertices that count, all without it; the others are of no region, -1.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    among = np.ones(len(colours), np.bool_) if among is None else among
    pairs = coo_matrix(neighbour_average())
    both = among[pairs.row] & among[pairs.col]
    rows, columns = pairs.row[both], pairs.col[both]
    apart = np.linalg.norm(colours[rows] - colours[columns], axis=1)
    alike = apart < APART * contrast(colours[among])
    links = coo_matrix((alike[alike], (rows[alike], columns[alike])), shape=pairs.shape)
    labels = connected_components(links, directed=False)[1].astype(np.intp)
    inner = np.ones(len(colours), np.bool_)
    inner[rows[labels[rows] != labels[columns]]] = False
    small = (np.bincount(labels)[labels] < LEAST) | (np.bincount(labels, inner)[labels] < INNER)
    while small.any():
        # The most alike of each small one's neighbours that are large.
        edge = np.flatnonzero(small[rows] & ~small[columns])
        if len(edge) == 0:
            break
        edge = edge[np.lexsort((apart[edge], rows[edge]))]
        joined, first = np.unique(rows[edge], return_index=True)
        labels[joined] = labels[columns[edge[first]]]
        small[joined] = False
    # Eyes and teeth have no neighbours among the large: they are all one, with colours of their own.
    labels[small] = labels.max() + 1
    regions = np.full(len(colours), -1, np.intp)
    regions[among] = np.unique(labels[among], return_inverse=True)[1]
    return regions

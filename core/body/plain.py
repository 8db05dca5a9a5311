"""The body without anatomy: what lies under clothes, so that no chest, navel or kneecap shows through a shirt.

A body model is a naked person. Where its muscles and creases reach the network, they end up on the clothes.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from .model import BodyModel

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]
Smoother = Callable[[Double], Double]

# Metres: shapes of the skin shorter than this are taken away; limbs, longer around, keep their girth.
SHORTEST = 0.13
# These are finer than that, and mostly bare or in shoes of their shape.
KEPT = ("head", "hand", "foot")
# Edges of the mesh over which the kept parts fade into the plain ones.
FADE_STEPS = 4


def plain_body(vertices: Float) -> Float:
    """(V, 3) the posed body model in metres or canonical units, its trunk and limbs smooth.

    Implicit smoothing of fourth order (Desbrun et al., SIGGRAPH 1999, section 2.3): long shapes stay as they are.
    """
    smooth = _rest_smoother()(vertices.astype(np.float64))
    return (vertices + _amount() * (smooth - vertices)).astype(np.float32)


@cache
def _rest_smoother() -> Smoother:
    model = BodyModel.load()
    return smoother(model.mean_vertices.astype(np.float64), model.triangles, SHORTEST)


def smoother(rest: Double, faces: npt.NDArray[np.integer], shortest: float) -> Smoother:
    """What takes positions (V, 3) of a mesh's vertices to smooth ones, where shapes of the length `shortest` have half
    of their amplitude left: it solves (1 + l^4 D^2) x = y, D the Laplacian of the mesh at rest, (V, 3) and (T, 3)."""
    from scipy.sparse import coo_matrix, csc_matrix, csr_matrix, diags, identity
    from scipy.sparse.linalg import splu

    both = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = np.unique(np.sort(both, axis=1), axis=0)
    first, second = np.concatenate([both, both[:, ::-1]]).T
    length = np.maximum(np.linalg.norm(rest[first] - rest[second], axis=1), 1e-4)
    # Shorter edges pull more: a plain mean of neighbours would move vertices along the surface.
    weight = coo_matrix((1 / length, (first, second)), shape=(len(rest), len(rest))).tocsr()
    total = np.asarray(weight.sum(axis=1)).ravel()
    span = np.bincount(first, length, len(rest))
    scale = 4 * (shortest / (2 * np.pi)) ** 2 / np.maximum(span, 1e-9)
    laplacian = csr_matrix(diags(scale) @ (diags(total) - weight))
    return splu(csc_matrix(identity(len(rest)) + laplacian @ laplacian)).solve


@cache
def _amount() -> Float:
    """(V, 1) how plain each vertex is made, 0-1."""
    from ..surface.silhouette import neighbour_average

    model = BodyModel.load()
    kept = np.isin(model.parts, [model.part_names.index(name) for name in KEPT]).astype(np.float32)
    for _ in range(FADE_STEPS):
        kept = np.maximum(kept, neighbour_average() @ kept)
    return (1.0 - kept)[:, None]

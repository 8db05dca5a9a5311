"""Takes ripples off a mesh: what is shorter than its detail can mean."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

Float = npt.NDArray[np.float32]
Faces = npt.NDArray[np.int32]

# Steps forwards and backwards of Taubin's filter, "A signal processing approach to fair surface design", SIGGRAPH 1995:
# ripples of four edges and shorter go, longer shapes neither shrink nor grow.
INWARDS, OUTWARDS = 0.5, -0.52


def smooth(vertices: Float, faces: Faces, share: Float, steps: int) -> Float:
    """(V, 3) vertices after `steps` pairs of steps; share: (V,) how much each takes part, 0-1."""
    mean = neighbour_mean(faces, len(vertices))
    moved = vertices.astype(np.float32)
    for _ in range(steps):
        for step in (INWARDS, OUTWARDS):
            moved = moved + (step * share)[:, None] * (mean @ moved - moved)
    return moved


def neighbour_mean(faces: Faces, count: int) -> csr_matrix:
    """(V, V): a vertex's value -> the mean of its neighbours', for a mesh of `count` vertices."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    joined = csr_matrix((np.ones(len(ends), np.float32), (ends[:, 0], ends[:, 1])), (count, count))
    joined = joined + joined.T
    return csr_matrix(
        diags((1.0 / np.maximum(np.asarray(joined.sum(axis=1)).ravel(), 1.0)).astype(np.float32)) @ joined
    )

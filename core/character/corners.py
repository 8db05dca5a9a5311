"""Vertices for formats in which a vertex has one place in the texture: along seams, a vertex becomes several."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.integer]
Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Corners:
    """vertices: (N,) which vertex of the mesh each of the N is; uv: (N, 2) its place, None without an atlas; triangles:
    (T, 3) rows of them."""

    vertices: Int
    uv: Float | None
    triangles: Int


def split_corners(triangles: Int, uv: Float | None, uv_triangles: Int | None) -> Corners:
    """One vertex for every pair of vertex (T, 3) and place in the texture (T, 3) that a corner has."""
    if uv is None or uv_triangles is None:
        return Corners(np.arange(triangles.max() + 1), None, triangles)
    pairs, rows = np.unique(np.stack([triangles.ravel(), uv_triangles.ravel()], 1), axis=0, return_inverse=True)
    return Corners(pairs[:, 0], uv[pairs[:, 1]], rows.reshape(-1, 3))

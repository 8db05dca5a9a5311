"""Smoothing over the body's surface: known values spread to where nothing is known."""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix, diags

from ..body.model import BodyModel

Float = npt.NDArray[np.float32]


class SurfaceSmoother:
    """Averages of values on the body's vertices over a length (metres) along its surface in the rest pose.

    The kernel is that of (A + length^2 L) twice, A the vertices' areas and L the cotangent Laplacian (Pinkall and
    Polthier 1993): a sparse matrix that is factorised once and serves every frame.
    """

    def __init__(self, length: float) -> None:
        from scipy.sparse.linalg import splu

        area, laplacian = _operators()
        matrix = csc_matrix(diags(area) + length**2 * laplacian)
        options = {"SymmetricMode": True}
        self._solve = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options).solve
        self._area = area[:, None]

    def smooth(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """(V, C) -> (V, C)."""
        once = self._solve(self._area * values)
        return self._solve(self._area * once)

    def average(self, values: npt.NDArray[np.floating], weights: npt.NDArray[np.floating], rest: float) -> Float:
        """(V, C) the average of values (V, C) by their weights (V,); `rest` is the weight of 0 everywhere.

        Normalised convolution (Knutsson and Westin 1993).
        """
        both = self.smooth(np.concatenate([values * weights[:, None], weights[:, None]], axis=1))
        return (both[:, :-1] / (np.maximum(both[:, -1:], 0.0) + rest)).astype(np.float32)


@cache
def smoother(length: float) -> SurfaceSmoother:
    """The smoother of a length, factorised when it is first asked for."""
    return SurfaceSmoother(length)


@cache
def _operators() -> tuple[npt.NDArray[np.float64], csr_matrix]:
    """Areas (V,) and cotangent Laplacian (V, V) of the mean body."""
    model = BodyModel.load()
    points, count = model.mean_vertices.astype(np.float64), len(model.mean_vertices)
    corners = points[model.triangles]
    doubled = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    doubled = np.maximum(doubled, 1e-10)
    area = np.bincount(model.triangles.ravel(), np.repeat(doubled / 6, 3), count)
    rows, columns, values = [], [], []
    for corner in range(3):
        first, second = (corner + 1) % 3, (corner + 2) % 3
        one, other = corners[:, first] - corners[:, corner], corners[:, second] - corners[:, corner]
        # Obtuse triangles would give negative weights, and averages outside of what is averaged.
        weight = np.clip((one * other).sum(axis=1) / doubled, 0.0, 10.0) / 2
        for a, b in ((first, second), (second, first)):
            rows.append(model.triangles[:, a])
            columns.append(model.triangles[:, b])
            values.append(weight)
    joined = csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (count, count))
    return np.maximum(area, 1e-9), csr_matrix(diags(np.asarray(joined.sum(axis=1)).ravel()) - joined)

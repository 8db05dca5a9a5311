"""Bundle adjustment: cameras and points that explain where the points were seen (Triggs et al. 2000).

Cameras have OpenCV's axes: x right, y down, z forwards. Places in pictures are divided by the focal length.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Behind the camera or very near it no point is believed to be.
NEAREST = 1e-3


@dataclass
class Bundle:
    """rotations: (C, 3, 3) and shifts: (C, 3) from the world into each camera; points: (P, 3)."""

    rotations: Floats
    shifts: Floats
    points: Floats

    def errors(self, cameras: npt.NDArray[np.intp], points: npt.NDArray[np.intp], seen: Floats) -> Floats:
        """(N, 2) from where points were seen to where they project."""
        local = self._local(cameras, points)
        return local[:, :2] / np.maximum(local[:, 2:], NEAREST) - seen

    def depths(self, cameras: npt.NDArray[np.intp], points: npt.NDArray[np.intp]) -> Floats:
        """(N,) how far in front of cameras points are."""
        return self._local(cameras, points)[:, 2]

    def _local(self, cameras: npt.NDArray[np.intp], points: npt.NDArray[np.intp]) -> Floats:
        return np.einsum("nij,nj->ni", self.rotations[cameras], self.points[points]) + self.shifts[cameras]


def adjust(
    bundle: Bundle, cameras: npt.NDArray[np.intp], points: npt.NDArray[np.intp], seen: Floats, spread: float, steps: int
) -> Bundle:
    """Levenberg-Marquardt with the points eliminated (Schur complement); the first camera stays where it is.

    cameras, points: (N,) which camera saw which point; seen: (N, 2) where; spread: the error at which Huber's loss
    becomes linear.
    """
    damping, cost = 1e-3, robust_cost(bundle.errors(cameras, points, seen), spread)
    for _ in range(steps):
        moved = _step(bundle, cameras, points, seen, spread, damping)
        new_cost = robust_cost(moved.errors(cameras, points, seen), spread)
        if new_cost < cost:
            done = cost - new_cost < 1e-5 * cost
            bundle, cost, damping = moved, new_cost, damping / 5
            if done:
                break
        else:
            damping *= 10
            if damping > 1e6:
                break
    return bundle


def robust_cost(errors: Floats, spread: float) -> float:
    """The sum of Huber's loss of errors (N, 2)."""
    size = np.linalg.norm(errors, axis=1) / spread
    return float(np.where(size < 1, size**2, 2 * size - 1).sum())


def _step(
    bundle: Bundle,
    cameras: npt.NDArray[np.intp],
    points: npt.NDArray[np.intp],
    seen: Floats,
    spread: float,
    damping: float,
) -> Bundle:
    from scipy.sparse import bsr_array, csr_array
    from scipy.spatial.transform import Rotation

    count, dots = len(bundle.rotations), len(bundle.points)
    turned = np.einsum("nij,nj->ni", bundle.rotations[cameras], bundle.points[points])
    local = turned + bundle.shifts[cameras]
    depth = np.maximum(local[:, 2], NEAREST)
    errors = local[:, :2] / depth[:, None] - seen
    weight = 1 / np.maximum(np.linalg.norm(errors, axis=1) / spread, 1.0) / spread**2
    flat = np.zeros((len(seen), 2, 3))
    flat[:, 0, 0] = flat[:, 1, 1] = 1 / depth
    flat[:, :, 2] = -local[:, :2] / depth[:, None] ** 2
    by_camera = np.concatenate([-flat @ _cross(turned), flat], axis=2)
    by_point = flat @ bundle.rotations[cameras]
    weighted = by_camera * weight[:, None, None]
    own = np.zeros((count, 6, 6))
    np.add.at(own, cameras, np.einsum("nki,nkj->nij", weighted, by_camera))
    inner = np.zeros((dots, 3, 3))
    np.add.at(inner, points, np.einsum("nki,nkj->nij", by_point * weight[:, None, None], by_point))
    blocks = np.einsum("nki,nkj->nij", weighted, by_point)
    rows = np.broadcast_to(6 * cameras[:, None, None] + np.arange(6)[:, None], blocks.shape)
    columns = np.broadcast_to(3 * points[:, None, None] + np.arange(3), blocks.shape)
    mixed = csr_array((blocks.ravel(), (rows.ravel(), columns.ravel())), shape=(6 * count, 3 * dots))
    right_camera, right_point = np.zeros((count, 6)), np.zeros((dots, 3))
    np.add.at(right_camera, cameras, -np.einsum("nki,nk->ni", weighted, errors))
    np.add.at(right_point, points, -np.einsum("nki,nk->ni", by_point * weight[:, None, None], errors))
    inner += np.einsum("pii->pi", inner)[:, :, None] * np.eye(3) * damping + 1e-12 * np.eye(3)
    own += np.einsum("cii->ci", own)[:, :, None] * np.eye(6) * damping
    inverse = np.linalg.inv(inner)
    reduced = mixed @ bsr_array((inverse, np.arange(dots), np.arange(dots + 1)), shape=(3 * dots, 3 * dots))
    whole = -(reduced @ mixed.T).toarray()
    for camera in range(count):
        whole[6 * camera : 6 * camera + 6, 6 * camera : 6 * camera + 6] += own[camera]
    right = right_camera.ravel() - reduced @ right_point.ravel()
    change = np.zeros((count, 6))
    change[1:] = np.linalg.lstsq(whole[6:, 6:], right[6:], rcond=None)[0].reshape(-1, 6)
    by_dots = right_point - (mixed.T @ change.ravel()).reshape(dots, 3)
    return Bundle(
        Rotation.from_rotvec(change[:, :3]).as_matrix() @ bundle.rotations,
        bundle.shifts + change[:, 3:],
        bundle.points + np.einsum("pst,pt->ps", inverse, by_dots),
    )


def _cross(vectors: Floats) -> Floats:
    """(N, 3, 3) matrices of the cross product with (N, 3)."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)

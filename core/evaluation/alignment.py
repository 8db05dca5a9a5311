"""Brings a prediction onto the truth without changing it: rotation and translation, no scale."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .shape import Surface

Double = npt.NDArray[np.float64]

# Every so many samples is enough to find a pose; the share of pairs that are trusted, the rest may have no counterpart.
EVERY, TRUSTED = 40, 0.85
STEPS = 60
# Metres: less movement of the points than this is none.
SETTLED = 2e-5


@dataclass(frozen=True, eq=False)
class RigidTransform:
    """x -> rotation x + translation, metres."""

    rotation: Double
    translation: Double

    @classmethod
    def shift(cls, translation: npt.NDArray[np.floating]) -> "RigidTransform":
        return cls(np.eye(3), np.asarray(translation, np.float64))

    def apply(self, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """(N, 3) -> (N, 3) float32."""
        return (points @ self.rotation.T + self.translation).astype(np.float32)


def align(moving: Surface, fixed: Surface, start: RigidTransform) -> RigidTransform:
    """The rigid transform of `moving` that lies best on `fixed`: iterated closest points (Besl and McKay 1992) from
    `start`, point to nearest of all samples, both ways, the worst pairs left out (Chetverikov et al. 2002)."""
    from scipy.spatial import KDTree

    samples, targets = moving.points[::EVERY].astype(np.float64), fixed.points[::EVERY].astype(np.float64)
    # Searched from one step to the next, where exact distances to triangles would build their tree anew each time.
    moving_tree, fixed_tree = KDTree(moving.points), KDTree(fixed.points)
    current = start
    for _ in range(STEPS):
        placed = samples @ current.rotation.T + current.translation
        distance, index = fixed_tree.query(placed)
        nearest = fixed.points[index].astype(np.float64)
        # The other way, the fixed samples are brought to where the moving surface was sampled.
        back = (targets - current.translation) @ current.rotation
        other_distance, index = moving_tree.query(back)
        other = moving.points[index].astype(np.float64)
        own = np.concatenate([_trusted(samples, distance), _trusted(other, other_distance)])
        theirs = np.concatenate([_trusted(nearest, distance), _trusted(targets, other_distance)])
        following = rigid_between(own, theirs)
        moved = samples @ (following.rotation - current.rotation).T + following.translation - current.translation
        current = following
        if np.sqrt((moved**2).sum(axis=1).mean()) < SETTLED:
            break
    return current


def rigid_between(source: Double, target: Double) -> RigidTransform:
    """The rigid transform that brings (N, 3) points nearest to their counterparts, by least squares (Kabsch 1976)."""
    first, second = source.mean(axis=0), target.mean(axis=0)
    left, _, right = np.linalg.svd((target - second).T @ (source - first))
    rotation = left @ np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))]) @ right
    return RigidTransform(rotation, second - rotation @ first)


def _trusted(points: Double, distance: Double) -> Double:
    return points[distance <= np.quantile(distance, TRUSTED)]

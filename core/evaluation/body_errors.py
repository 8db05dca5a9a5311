"""How the estimated body differs from the true one, in the terms in which training disturbs bodies (training.scene).

Both bodies have one topology. They are compared in the canonical space of the estimate's crop, the true one seen by
the true camera at the depth at which both are equally far: that takes away what one picture cannot tell, the person's
size and distance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..spaces import CanonicalView
from ..training.avatar import Avatar
from .alignment import rigid_between

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]

# A bone that moves fewer vertices has no orientation of its own to speak of.
LEAST_VERTICES = 30
AXES = ("x", "y", "z")
# A normal deviation is so many times the median of the absolute values: what gross errors do not spoil.
NORMAL_MEDIAN = 1.4826


@dataclass(frozen=True, eq=False)
class BodyError:
    """turns: by bone, (3,) radians about the camera's axes, what the bone turned too far against its parent (the root:
    against the camera); shifts: by bone, (3,) metres, how far its middle is off: x, y across and z along the view;
    size: of the estimate against the truth in canonical space, metric_size in metres; vertices: root mean square
    distance of the bodies' vertices, metres."""

    turns: dict[str, Double]
    shifts: dict[str, Double]
    size: float
    metric_size: float
    vertices: float


def body_error(
    avatar: Avatar,
    bones: npt.NDArray[np.int32],
    true_body: Float,
    true_view: CanonicalView,
    body: Float,
    view: CanonicalView,
) -> BodyError:
    """bones: (V, K) of the avatar's BoundBody; true_body, body: (V, 3) world metres, each before its own view's
    camera."""
    model = BodyModel.load()
    estimate = view.from_world(body)[model.exterior].astype(np.float64)
    level = float(estimate[:, 2].mean())
    placed = same_depth(true_view, view, true_body[model.exterior], level)
    truth = placed.from_world(true_body)[model.exterior].astype(np.float64)
    groups = {name: group[model.exterior] for name, group in bone_vertices(avatar, bones).items()}
    groups = {name: group for name, group in groups.items() if group.sum() >= LEAST_VERTICES}
    unit = placed.metres_per_unit
    absolute = {name: rigid_between(truth[group], estimate[group]).rotation for name, group in groups.items()}
    turns, shifts = {}, {}
    for name, group in groups.items():
        parent = avatar.bone_parents[avatar.bone(name)]
        while parent >= 0 and avatar.bone_names[parent] not in groups:
            parent = avatar.bone_parents[parent]
        before = absolute[avatar.bone_names[parent]] if parent >= 0 else np.eye(3)
        turns[name] = _vector(before.T @ absolute[name])
        shifts[name] = (estimate[group].mean(axis=0) - truth[group].mean(axis=0)) * unit
    size = _spread(estimate) / _spread(truth)
    distance = np.linalg.norm(estimate - truth, axis=1) * unit
    return BodyError(turns, shifts, size, size * view.metres_per_unit / unit, float(np.sqrt((distance**2).mean())))


def same_depth(true_view: CanonicalView, view: CanonicalView, points: Float, level: float) -> CanonicalView:
    """The truth's camera with the estimate's crop, so deep that points (N, 3), world, have the mean z `level`."""
    depth = float(-true_view.camera.world_to_camera(points)[:, 2].mean())
    unit_per_depth = CanonicalView(true_view.camera, view.crop, 1.0).metres_per_unit
    return CanonicalView(true_view.camera, view.crop, depth / (1.0 - level * unit_per_depth))


def bone_vertices(avatar: Avatar, bones: npt.NDArray[np.int32]) -> dict[str, npt.NDArray[np.bool_]]:
    """By bone of the avatar, (V,) which of the body model's vertices it moves most; of bones that move any."""
    model = BodyModel.load()
    weights = np.zeros((len(bones), len(avatar.bone_names)))
    np.add.at(weights, (np.arange(len(bones))[:, None], bones), model.weights)
    strongest = weights.argmax(axis=1)
    return {avatar.bone_names[bone]: strongest == bone for bone in np.unique(strongest)}


def summary(errors: Sequence[BodyError], asked: int) -> dict[str, Any]:
    """Statistics as JSON values over the samples in which the person was found, of `asked`: root mean squares, and
    `robust` ones beside them since a few estimates are wrong altogether."""
    names = sorted({name for error in errors for name in error.turns})
    bones = {}
    for name in names:
        turns = np.array([error.turns[name] for error in errors])
        shifts = np.array([error.shifts[name] for error in errors])
        angles = np.linalg.norm(turns, axis=1)
        bones[name] = {
            "turn_radians_per_axis": float(np.sqrt((turns**2).mean())),
            "turn_radians": _by_axis(turns),
            "turn_robust_radians": _named(NORMAL_MEDIAN * np.median(np.abs(turns), axis=0)),
            "turn_mean_radians": _named(turns.mean(axis=0)),
            "angle_median_radians": float(np.median(angles)),
            "angle_90th_percentile_radians": float(np.percentile(angles, 90)),
            "shift_metres": _by_axis(shifts),
            "shift_robust_metres": _named(NORMAL_MEDIAN * np.median(np.abs(shifts), axis=0)),
        }
    sizes = np.array([[error.size, error.metric_size] for error in errors])
    distances = np.array([error.vertices for error in errors])
    return {
        "samples": asked,
        "detected": len(errors),
        "axes": "of the camera: x right, y up, z towards it; a bone's turn is against its parent, the root's against"
        " the camera",
        "bones": bones,
        "size": {"mean": float(sizes[:, 0].mean()), "deviation": float(sizes[:, 0].std())},
        "size_in_metres": {"mean": float(sizes[:, 1].mean()), "deviation": float(sizes[:, 1].std())},
        "vertex_distance_metres": {
            "mean": float(distances.mean()), "median": float(np.median(distances)),
            "each": [round(float(value), 4) for value in distances],
        },
    }  # fmt: skip


def _by_axis(values: Double) -> dict[str, float]:
    return _named(np.sqrt((values**2).mean(axis=0)))


def _named(values: Double) -> dict[str, float]:
    return {axis: float(value) for axis, value in zip(AXES, values, strict=True)}


def _vector(matrix: Double) -> Double:
    from scipy.spatial.transform import Rotation

    return Rotation.from_matrix(matrix).as_rotvec()


def _spread(points: Double) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum()))

"""What the lifting network sees: landmarks as if the camera looked straight at the hips.

A picture's place in the frame says nothing about the pose, so every frame is turned until the ray to the hips is the
optical axis (Yu et al., "PCLs", CVPR 2021, section 3).
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Double = npt.NDArray[np.float64]
Points = TypeVar("Points", npt.NDArray[np.floating], Tensor)

LANDMARKS = 33
LEFT_HIP, RIGHT_HIP = 23, 24
# Per landmark: x and y in the picture, MediaPipe's x, y, z, its visibility; and twice the size of the whole.
INPUTS = LANDMARKS * 6 + 2
# Root mean square distance of a standing person's landmarks from the hips in x and y, metres.
STANDING = 0.55
PERSPECTIVE = 5.0


def from_hips(points: Points) -> Points:
    """(..., 33, D) -> the same, from the middle between the hips."""
    return points - (points[..., LEFT_HIP : LEFT_HIP + 1, :] + points[..., RIGHT_HIP : RIGHT_HIP + 1, :]) / 2


def look_at_hips(image: Double, focal: float, size: tuple[int, int]) -> tuple[Double, Double]:
    """Landmarks as a camera sees them that looks at the hips.

    image: (F, 33, 2) pixels; focal: pixels; size: width, height. Returns (F, 33, 2) tangents from the hips, x right,
    y up; and (F, 3, 3), which turn the camera's axes into those of the camera that looks at the hips.
    """
    from scipy.spatial.transform import Rotation

    flat = (image - np.array(size) / 2) * [1.0, -1.0]
    rays = np.concatenate([flat, np.full((*flat.shape[:2], 1), -focal)], axis=2)
    rays /= np.linalg.norm(rays, axis=2, keepdims=True)
    hips = rays[:, LEFT_HIP] + rays[:, RIGHT_HIP]
    hips /= np.linalg.norm(hips, axis=1, keepdims=True)
    # About the axis across both, by the angle from the ray to the optical axis, -z.
    axis = np.cross(hips, [0.0, 0.0, -1.0])
    sine = np.linalg.norm(axis, axis=1, keepdims=True)
    turn = Rotation.from_rotvec(axis / np.maximum(sine, 1e-9) * np.arctan2(sine, -hips[:, 2:])).as_matrix()
    turned = np.einsum("fij,fpj->fpi", turn, rays)
    # A landmark behind the camera is a mistake of the detector: keep it far out, but finite.
    return from_hips(turned[..., :2] / np.maximum(-turned[..., 2:], 0.1)), turn


def inputs(
    tangents: npt.NDArray[np.floating], guess: npt.NDArray[np.floating], visibility: npt.NDArray[np.floating]
) -> Tensor:
    """(N, T, INPUTS) float32. tangents: (N, T, 33, 2), guess: (N, T, 33, 3) metres, both from the hips;
    visibility: (N, T, 33)."""
    seen, believed = _size(tangents), _size(guess[..., :2])
    apart = np.concatenate([tangents / seen[..., None, None] * STANDING, guess, visibility[..., None]], axis=3)
    values = [apart.reshape(*apart.shape[:2], -1), PERSPECTIVE * seen[..., None], believed[..., None]]
    whole = [np.broadcast_to(value, (*apart.shape[:2], value.shape[2])) for value in values]
    return torch.from_numpy(np.concatenate(whole, axis=2).astype(np.float32))


def _size(points: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """(N, T, 33, 2) -> (N, 1): root mean square distance from the hips, the median over time."""
    return np.median(np.sqrt((points**2).sum(axis=(2, 3)) / LANDMARKS), axis=1, keepdims=True)

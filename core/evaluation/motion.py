"""Figures about the fitted body's motion: jitter, agreement with the landmarks, facing, sliding feet."""

import numpy as np
import numpy.typing as npt

from ..spaces import Array

# MediaPipe's landmark numbers.
NOSE, LEFT_EAR, RIGHT_EAR = 0, 7, 8
LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP = 11, 12, 23, 24
FEET = (29, 30, 31, 32)

# Speeds and accelerations are given as if the clip had this many frames a second, so that clips compare.
REFERENCE_RATE = 30.0
SEEN = 0.5
# A foot stands when its landmark moves less than this share of the person's height a reference frame.
STANDING_SPEED = 0.004
# Farther than a neck turns.
HEAD_LIMIT = 100.0

Mask = npt.NDArray[np.bool_]


def acceleration(positions: Array, frames: npt.NDArray[np.integer], rate: float) -> Array:
    """Size of the second difference in mm per reference frame squared: (F, N, 3) metres -> (G, N).

    frames: (F,) frame numbers; only triples with even spacing count, G of them. rate: the clip's frames a second.
    """
    step = np.diff(frames)
    even = step[1:] == step[:-1]
    second = positions[2:] - 2.0 * positions[1:-1] + positions[:-2]
    to_reference = (rate / step[1:] / REFERENCE_RATE) ** 2
    return (np.linalg.norm(second, axis=2) * 1000.0 * to_reference[:, None])[even]


def landmark_errors(projected: Array, image: Array, visibility: Array, exists: Mask, heights: Array) -> Array:
    """Distance of the projected body landmarks from the seen ones, % of the person's height in the image: (F, 33).

    projected, image: (F, 33, 2) pixels; visibility: (F, 33); heights: (F,) pixels. NaN where a landmark is not seen
    or has no counterpart on the body.
    """
    errors = np.linalg.norm(projected - image, axis=2) * 100.0 / heights[:, None]
    return np.where((visibility >= SEEN) & exists, errors, np.nan)


def torso_direction(landmarks: Array) -> Array:
    """Where the chest points: (F, 33, 3) in any right-handed axes -> (F, 3) unit vectors."""
    across = landmarks[:, LEFT_SHOULDER] - landmarks[:, RIGHT_SHOULDER]
    up = landmarks[:, [LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=1) - landmarks[:, [LEFT_HIP, RIGHT_HIP]].mean(axis=1)
    return _unit(np.cross(across, up))


def head_direction(landmarks: Array) -> Array:
    """Where the nose points from between the ears: (F, 33, 3) -> (F, 3) unit vectors."""
    return _unit(landmarks[:, NOSE] - landmarks[:, [LEFT_EAR, RIGHT_EAR]].mean(axis=1))


def angles(first: Array, second: Array) -> Array:
    """Degrees between unit vectors, (F, 3) and (F, 3) -> (F,)."""
    return np.degrees(np.arccos(np.clip((first * second).sum(axis=1), -1.0, 1.0)))


def foot_sliding(
    body: Array, image: Array, visibility: Array, heights: Array, frames: npt.NDArray[np.integer], rate: float
) -> Array:
    """How far the body's feet move while the picture says they stand, mm per reference frame, one entry a case.

    body: (F, 33, 3) world metres; image: (F, 33, 2) pixels. Heels and toes stand from one frame to the next when
    their landmarks are seen and hardly move in the image, which does not depend on the fit that is judged.
    """
    feet = list(FEET)
    per_reference = (rate / np.diff(frames) / REFERENCE_RATE)[:, None]
    moved = np.linalg.norm(np.diff(image[:, feet], axis=0), axis=2) * per_reference / heights[1:, None]
    seen = (visibility[1:, feet] >= SEEN) & (visibility[:-1, feet] >= SEEN)
    slid = np.linalg.norm(np.diff(body[:, feet], axis=0), axis=2) * 1000.0 * per_reference
    return slid[seen & (moved < STANDING_SPEED)]


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)

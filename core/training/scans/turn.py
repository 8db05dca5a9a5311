"""Labels of a view: points and bodies turned about y, so that the view's camera is in front (pamir.md 9)."""

from dataclasses import replace

import numpy as np

from ...pamir.parameters import BodyParameters
from .scan import Float


def turn_points(points: Float, angle: float) -> Float:
    """(..., 3) canonical -> (..., 3) as the camera at `angle` radians about y sees them from the front.

    x' = x cos a - z sin a, z' = x sin a + z cos a.
    """
    return points @ about_y(-angle).T.astype(points.dtype)


def turn_smpl(body: BodyParameters, angle: float, root: Float) -> BodyParameters:
    """SMPL's parameters for the turned body. root: (3,) the shaped body's root joint in SMPL's metres, about which
    SMPL turns, while the labels turn about the volume's axis."""
    matrix = about_y(-angle)
    # A scale of (k, -k, -k) mirrors two axes before the turn.
    signs = np.sign(body.scale)
    inner = signs[:, None] * matrix * signs
    rotations = body.rotations.copy()
    rotations[0] = inner @ rotations[0]
    translation = matrix @ body.translation + (inner @ root - root) * body.scale
    return replace(body, rotations=rotations, translation=translation.astype(np.float32))


def about_y(angle: float) -> Float:
    """(3, 3) the right-handed turn about y, radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]], np.float32)

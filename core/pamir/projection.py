"""PaMIR's camera, and the way between PaMIR's canonical space and Restage's.

Both are the same cube, pixels and depth; PaMIR's has straight axes and a camera 10 units away, Restage's has x and y
along that camera's rays (core.spaces).
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..spaces import CANONICAL_PIXELS, CROP_SIZE
from .camera import DISTANCE

if TYPE_CHECKING:
    from torch import Tensor

Array = npt.NDArray[np.floating]

# Canonical units at z = 0 to the picture's [-1, 1].
SCALE = CANONICAL_PIXELS / (CROP_SIZE / 2)


def project(points: "Tensor") -> "Tensor":
    """(..., 3) in PaMIR's canonical space -> (..., 2) in [-1, 1], x right, y down (pamir.md 5)."""
    flat = points[..., :2] * points.new_tensor([SCALE * DISTANCE, -SCALE * DISTANCE])
    return flat / (DISTANCE - points[..., 2:])


def to_spaces(points: Array) -> Array:
    """(..., 3) from PaMIR's canonical space to that of core.spaces."""
    return np.concatenate([points[..., :2] * (DISTANCE / (DISTANCE - points[..., 2:])), points[..., 2:]], axis=-1)


def from_spaces(points: Array) -> Array:
    """(..., 3) from the canonical space of core.spaces to PaMIR's."""
    return np.concatenate([points[..., :2] * ((DISTANCE - points[..., 2:]) / DISTANCE), points[..., 2:]], axis=-1)

"""What the picture network saw of the body in every frame, as a fit compares it with a body."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..spaces import Crop

if TYPE_CHECKING:
    import torch

    from ..lifting.files import ClipPoints


@dataclass(frozen=True)
class SeenPoints:
    """F frames, Q points: the landmarks, then the vertices of lifting/surface_points.py.

    image: (F, Q, 2) image pixels, depth: (F, Q) towards the camera from the hips' middle, pixels of a plane at the
    hips; errors: (F, Q, 2) mean absolute errors to be expected of both, pixels; centres: (F, 2) of the crops, pixels
    from the picture's middle.
    """

    image: "torch.Tensor"
    depth: "torch.Tensor"
    errors: "torch.Tensor"
    centres: "torch.Tensor"

    @classmethod
    def of(cls, points: "ClipPoints", crops: list[Crop], size: tuple[int, int]) -> "SeenPoints":
        """crops: one a frame; size: of the picture, width and height."""
        import torch

        centres = np.array([crop.centre for crop in crops], np.float32)
        sides = np.array([crop.side for crop in crops], np.float32)[:, None]
        return cls(
            image=torch.from_numpy(points.image * sides[..., None] + centres[:, None]),
            depth=torch.from_numpy(points.depth * sides),
            errors=torch.from_numpy(points.errors * sides[..., None]),
            centres=torch.from_numpy(centres - np.array(size, np.float32) / 2),
        )

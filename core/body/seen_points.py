"""What the picture network saw of the body in every frame, as a fit compares it with a body."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..spaces import Crop

if TYPE_CHECKING:
    import torch

    from ..lifting.files import ClipPoints

# Shoulders, elbows, wrists, hips, knees, ankles; how far they may be apart, of the person's height, to be half
# believed: somebody taken for mirrored is much further off.
LIMBS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
APART = 0.06


@dataclass(frozen=True)
class SeenPoints:
    """F frames, Q points: the landmarks, then the vertices of lifting/surface_points.py.

    trust: (F, Q) 0-1, how well the frame's landmarks agree with those of MediaPipe, which has seen more of the world
    than avatars, and 0 beyond the picture's border; image: (F, Q, 2) image pixels; depth: (F, Q) towards the camera
    from the hips' middle, pixels of a plane at the hips; errors: (F, Q, 2) mean absolute errors to be expected of both,
    pixels.
    """

    trust: "torch.Tensor"
    image: "torch.Tensor"
    depth: "torch.Tensor"
    errors: "torch.Tensor"

    @classmethod
    def of(
        cls, points: "ClipPoints", crops: list[Crop], size: tuple[int, int], landmarks: np.ndarray, height: float
    ) -> "SeenPoints":
        """crops: one a frame; size: of the picture, width and height; landmarks: (F, 33, 2) MediaPipe's, image pixels;
        height: the person's, pixels."""
        import torch

        centres = np.array([crop.centre for crop in crops], np.float32)
        sides = np.array([crop.side for crop in crops], np.float32)[:, None]
        image = points.image * sides[..., None] + centres[:, None]
        apart = np.linalg.norm(image[:, LIMBS] - landmarks[:, LIMBS], axis=2).mean(axis=1) / height
        inside = ((image > 0) & (image < np.array(size))).all(axis=2)
        return cls(
            trust=torch.from_numpy(inside / (1 + (apart / APART) ** 4)[:, None]).float(),
            image=torch.from_numpy(image),
            depth=torch.from_numpy(points.depth * sides),
            errors=torch.from_numpy(points.errors * sides[..., None]),
        )

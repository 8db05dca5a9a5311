"""Between the clip's camera and one in the same place that looks straight at something, as networks see it."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .points import to_tensor

if TYPE_CHECKING:
    import torch

    from .observations import Observations


def sight_turns(image: npt.NDArray[np.floating], observed: "Observations") -> "torch.Tensor":
    """(F, 3, 3) from the axes of a camera that looks at the image points (F, 2) to those of the clip's camera."""
    import roma

    middle = image - np.array(observed.image_size) / 2
    ray = np.concatenate([middle * [1, -1], np.full((len(middle), 1), -observed.focal)], axis=1)
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    ahead = np.broadcast_to([0.0, 0.0, -1.0], ray.shape)
    axis = np.cross(ahead, ray)
    sine = np.linalg.norm(axis, axis=1, keepdims=True)
    vectors = axis / np.maximum(sine, 1e-9) * np.arctan2(sine, (ahead * ray).sum(axis=1, keepdims=True))
    return roma.rotvec_to_rotmat(to_tensor(vectors))

"""Where ears are on the body model."""

from functools import cache

import numpy as np
import numpy.typing as npt

from .model import BodyModel

# MediaPipe's numbers of the ears' landmarks.
EARS = [7, 8]
# Metres: so near its landmark, and so far from the head's middle.
REACH, STANDS_OFF = 0.04, 0.0745


@cache
def outer_ears() -> npt.NDArray[np.bool_]:
    """(2, V) which vertices belong to what stands off the head of the left and the right ear."""
    model = BodyModel.load()
    away = np.linalg.norm(model.mean_vertices - model.landmark_mean[EARS][:, None], axis=2)
    return (away < REACH) & (np.abs(model.mean_vertices[:, 0]) > STANDS_OFF)

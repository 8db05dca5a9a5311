"""Points all over the body model's surface that the picture network finds besides the landmarks."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from .picture_network import SURFACE


@cache
def surface_points() -> npt.NDArray[np.intp]:
    """(SURFACE,) vertices, each as far from the others as possible: farthest point sampling on the mean body."""
    model = BodyModel.load()
    outer = np.flatnonzero(model.exterior)
    places = model.mean_vertices[outer]
    away = np.linalg.norm(places[:, None] - model.landmark_mean[None], axis=2).min(axis=1)
    chosen = []
    for _ in range(SURFACE):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.linalg.norm(places - places[chosen[-1]], axis=1))
    return outer[chosen]

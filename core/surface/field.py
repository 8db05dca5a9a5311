"""What every reconstruction method provides: a field that says which points of the canonical volume are inside."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]


class OccupancyField(Protocol):
    """Occupancy over the canonical volume (core.spaces). The surface is where it crosses 0.5.

    lower, upper: (3,) corners of a box that holds the whole surface, canonical.
    anchors: (N, 3) points on or near the surface; a thin part that a coarse grid could step over must hold some.
    """

    lower: Points
    upper: Points
    anchors: Points

    def occupancy(self, points: Points) -> Points:
        """(N, 3) canonical points -> (N,) float32 in [0, 1], 1 inside. Continuous near the surface."""
        ...

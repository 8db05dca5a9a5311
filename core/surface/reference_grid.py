"""The published octree of PaMIR (and of PIFu before it), without its loops over cells: for exact comparison.

A block whose corners differ little is filled with their middle value and never looked into, so parts thinner than the
first level's blocks can be lost, and the blocks at the far end of each axis are never filled.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from .grid import OccupancyGrid

RESOLUTION, FIRST = 256, 64
# Blocks whose corners differ by less than this are filled.
THRESHOLD = 0.05


class PointField(Protocol):
    """What can be asked for its occupancy anywhere."""

    def occupancy(self, points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]: ...


def sample_reference(field: PointField, resolution: int = RESOLUTION, first: int = FIRST) -> OccupancyGrid:
    """Sample a field on resolution^3 nodes, from a grid of first^3 on, as the published code does.

    Node i lies at (i + 0.5) / resolution - 0.5, but the grid that is returned says i / resolution - 0.5, as the
    published code writes its vertices: a mesh of it is shifted by half a voxel on every axis.
    """
    values = np.zeros((resolution,) * 3, np.float64)
    dirty = np.ones(values.shape, bool)
    step = resolution // first
    queries = 0
    while step >= 1:
        coarse = (slice(None, None, step),) * 3
        index = np.argwhere(dirty[coarse]) * step
        asked = (index + 0.5) / resolution - 0.5
        values[tuple(index.T)] = field.occupancy(asked.astype(np.float32))
        dirty[tuple(index.T)] = False
        queries += len(index)
        if step > 1:
            _fill(values, dirty, step)
        step //= 2
    return OccupancyGrid(values.astype(np.float32), np.full(3, -0.5, np.float32), 1.0 / resolution, queries)


def _fill(values: npt.NDArray[np.float64], dirty: npt.NDArray[np.bool_], step: int) -> None:
    """Fill the blocks of one level, in place. The order does not matter: a block changes no other block's corners
    before they are read, since all of them are read first."""
    corners = values[::step, ::step, ::step]
    low, high = corners, corners
    for axis in range(3):
        low, high = (np.moveaxis(array, axis, 0) for array in (low, high))
        low, high = np.minimum(low[:-1], low[1:]), np.maximum(high[:-1], high[1:])
        low, high = (np.moveaxis(array, 0, axis) for array in (low, high))
    half = step // 2
    centre_dirty = dirty[half::step, half::step, half::step][tuple(slice(n) for n in low.shape)]
    filled = centre_dirty & (high - low < THRESHOLD)
    whole, middle = filled, (low + high) / 2
    for axis in range(3):
        whole, middle = np.repeat(whole, step, axis=axis), np.repeat(middle, step, axis=axis)
    region = tuple(slice(n) for n in whole.shape)
    values[region][whole] = middle[whole]
    dirty[region][whole] = False

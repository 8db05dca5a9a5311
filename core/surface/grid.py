"""Coarse-to-fine sampling of an occupancy field: fine nodes are asked for only near the surface.

The idea of hierarchical surface localisation (Li et al., Monocular Real-Time Volumetric Performance Capture, ECCV
2020): evaluate a coarse grid, double its resolution by interpolation, ask the field again wherever the surface may
pass, and repeat wherever an answer contradicts the interpolation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .field import OccupancyField

LEVEL = 0.5
COARSEST_STRIDE = 4
CELL, NEIGHBOURHOOD = (0, 1), (-1, 0, 1)


@dataclass(frozen=True)
class OccupancyGrid:
    """values: (X, Y, Z) float32 at nodes origin + index * spacing, canonical; queries: points asked of the field."""

    values: npt.NDArray[np.float32]
    origin: npt.NDArray[np.float32]
    spacing: float
    queries: int


def sample_field(field: OccupancyField, resolution: int, coarsest: int = COARSEST_STRIDE) -> OccupancyGrid:
    """Sample a field with `resolution` cells along the canonical volume's side, a multiple of `coarsest`.

    Every node of a cell through which the surface passes has the field's own value, as if all nodes had been asked:
    the surface is followed wherever it leads, so all that is connected is found. What no node of the coarsest grid,
    `coarsest` cells wide, and no anchor's cell touches, and what is joined to nothing that they touch, is not seen.
    """
    spacing = 1.0 / resolution
    stride = coarsest
    first = np.floor((field.lower + 0.5) / (spacing * stride)).astype(int) - 1
    last = np.ceil((field.upper + 0.5) / (spacing * stride)).astype(int) + 1
    origin = (first * (spacing * stride) - 0.5).astype(np.float32)
    shape = tuple(last - first + 1)
    nodes = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1).reshape(-1, 3)
    values = field.occupancy((origin + nodes * (spacing * stride)).astype(np.float32)).reshape(shape)
    queries = values.size
    known = np.ones(values.shape, dtype=bool)
    while stride > 1:
        stride //= 2
        values = _doubled(values)
        cell = spacing * stride
        # A node that a coarser level only interpolated is asked for here where the surface comes near it.
        asked, known = known, np.zeros(values.shape, dtype=bool)
        known[::2, ::2, ::2] = asked
        wanted = _near_surface(values)
        _mark(wanted, np.floor((field.anchors - origin) / cell).astype(int), CELL)
        while True:
            index = np.argwhere(wanted & ~known)
            if len(index) == 0:
                break
            queries += len(index)
            exact = field.occupancy((origin + index * cell).astype(np.float32))
            where = tuple(index.T)
            contradicted = index[(exact > LEVEL) != (values[where] > LEVEL)]
            values[where] = exact
            known[where] = True
            wanted = np.zeros_like(known)
            _mark(wanted, contradicted, NEIGHBOURHOOD)
    return OccupancyGrid(values, origin, spacing, queries)


def _doubled(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Nodes at twice the resolution: the old ones, and linear interpolation between them."""
    for axis in range(3):
        shape = list(values.shape)
        shape[axis] = 2 * shape[axis] - 1
        finer = np.empty(shape, dtype=values.dtype)
        finer_view, view = np.moveaxis(finer, axis, 0), np.moveaxis(values, axis, 0)
        finer_view[::2] = view
        finer_view[1::2] = (view[1:] + view[:-1]) / 2
        values = finer
    return values


def _near_surface(values: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """The corners of every cell whose corners are not all on the same side of the surface."""
    inside = (values > LEVEL).astype(np.uint8)
    for axis in range(3):
        corner = np.moveaxis(inside, axis, 0)
        inside = np.moveaxis(corner[1:] + corner[:-1], 0, axis)
    mixed = (inside > 0) & (inside < 8)
    for axis in range(3):
        cell = np.moveaxis(mixed, axis, 0)
        wider = np.zeros((len(cell) + 1, *cell.shape[1:]), dtype=bool)
        wider[:-1] |= cell
        wider[1:] |= cell
        mixed = np.moveaxis(wider, 0, axis)
    return mixed


def _mark(wanted: npt.NDArray[np.bool_], index: npt.NDArray[np.integer], steps: tuple[int, ...]) -> None:
    """Set the nodes at (N, 3) indices plus every combination of `steps`, clipped to the grid."""
    limit = np.array(wanted.shape) - 1
    for step in np.stack(np.meshgrid(*[steps] * 3, indexing="ij"), axis=-1).reshape(-1, 3):
        wanted[tuple(np.clip(index + step, 0, limit).T)] = True

"""From a sampled field to one closed mesh."""

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from .grid import LEVEL, OccupancyGrid

Vertices = npt.NDArray[np.float32]
Faces = npt.NDArray[np.int32]


def extract_mesh(grid: OccupancyGrid, whole: bool = False) -> tuple[Vertices, Faces]:
    """Marching cubes (Lewiner et al. 2003) over the biggest connected part, its cavities filled.

    Returns (V, 3) canonical vertices and (T, 3) faces, counter-clockwise seen from outside, closed. With `whole`, the
    values as they are: all parts and cavities, open where they reach the grid's border.
    Raises RestageError `surface_empty` when nothing of the field is inside.
    """
    from skimage.measure import marching_cubes

    first = np.zeros(3, np.float32)
    values = grid.values
    if not whole:
        occupied = _occupied(values)
        first = np.array([part.start for part in occupied], np.float32)
        values = _one_solid(values[occupied])
    if values.max() <= LEVEL or values.min() >= LEVEL:
        raise _empty()
    vertices, faces, _, _ = marching_cubes(values, LEVEL, gradient_direction="ascent", allow_degenerate=False)
    vertices = grid.origin + (first + vertices.astype(np.float32)) * np.float32(grid.spacing)
    return vertices, faces.astype(np.int32)


def _occupied(values: npt.NDArray[np.float32]) -> tuple[slice, slice, slice]:
    """The part of the grid that holds all that is inside, and a margin; everything, where nothing is inside."""
    inside = values > LEVEL
    ends = []
    for axis in range(3):
        used = np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis})))
        # Two nodes: the outermost are emptied, and those next to the surface say where it runs.
        ends.append(slice(max(0, int(used[0]) - 2), int(used[-1]) + 3) if len(used) else slice(0, values.shape[axis]))
    return ends[0], ends[1], ends[2]


def _one_solid(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The values with smaller parts emptied and cavities filled, inside a border of empty nodes."""
    from scipy.ndimage import label

    values = values.copy()
    for axis in range(3):
        border = np.moveaxis(values, axis, 0)
        border[0] = border[-1] = 0.0
    parts, holes = np.empty(values.shape, np.int32), np.empty(values.shape, np.int32)
    label(values > LEVEL, output=parts)
    if not parts.any():
        raise _empty()
    sizes = np.bincount(parts.ravel())[1:]
    values[(parts > 0) & (parts != 1 + np.argmax(sizes))] = 0.0
    label(values <= LEVEL, output=holes)
    values[(holes > 0) & (holes != holes[0, 0, 0])] = 1.0
    return values


def _empty() -> RestageError:
    return RestageError("surface_empty", "The reconstruction of this frame is empty: its mask and body do not agree.")

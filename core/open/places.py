"""Places on a surface, close enough that the nearest one stands for the surface itself.

Distances to vertices alone jump from one to the next, which shows as rings on shins, whose triangles are long.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from ..body.model import BodyModel

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Metres between neighbouring places of the body.
SPACING = 0.01


def places(vertices: Float, faces: Indices, spacing: float) -> csr_matrix:
    """(P, V) matrix that makes places of vertices, or values of places of values of vertices: the faces' corners,
    and on triangles larger than `spacing` a grid of points so far apart."""
    corners = vertices[faces].astype(np.float64)
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    steps = np.ceil(longest / spacing).astype(int)
    used = np.unique(faces)
    rows: list[Indices] = [np.stack([used] * 3, axis=1)]
    weights = [np.tile([1.0, 0.0, 0.0], (len(used), 1))]
    for count in np.unique(steps[steps > 1]):
        grid = np.array([(a, b, count - a - b) for a in range(count + 1) for b in range(count + 1 - a)])
        grid = grid[(grid < count).all(axis=1)] / count
        chosen = faces[steps == count]
        rows.append(np.repeat(chosen, len(grid), axis=0))
        weights.append(np.tile(grid, (len(chosen), 1)))
    index, weight = np.concatenate(rows), np.concatenate(weights)
    keys = _keys(index, weight)
    _, kept = np.unique(keys, axis=0, return_index=True)
    kept.sort()
    count = len(kept)
    values = weight[kept].astype(np.float32).ravel()
    where = np.repeat(np.arange(count), 3), index[kept].ravel()
    return csr_matrix((values, where), shape=(count, len(vertices)))


def _keys(index: Indices, weight: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """(P, 6) numbers that are equal for equal places: two triangles share the places on their edge."""
    used = np.where(weight > 0, index, -1)
    order = np.argsort(used, axis=1)
    rounded = np.round(weight * 10_000).astype(np.int64)
    return np.concatenate([np.take_along_axis(values, order, axis=1) for values in (used, rounded)], axis=1)


@cache
def solid_triangles() -> Indices:
    """(T, 3) the body model's triangles with lids over the mouth and the eyes in place of what is behind: so the head
    is solid, and no opening leads into it between the lips."""
    model = BodyModel.load()
    hollow = model.of_parts("head") & ~model.exterior
    faces = model.triangles[~hollow[model.triangles].any(axis=1)]
    return np.concatenate([faces, *(_lid(loop, model.mean_vertices) for loop in _openings(faces))])


def _openings(faces: Indices) -> list[list[int]]:
    """The loops of vertices around a mesh's openings, in the order in which faces that close them have them."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).tolist()
    whole = {(start, end) for start, end in ends}
    following = {end: start for start, end in ends if (end, start) not in whole}
    loops = []
    while following:
        start, end = following.popitem()
        loop = [start]
        while end != start:
            loop.append(end)
            end = following.pop(end)
        loops.append(loop)
    return loops


def _lid(loop: list[int], vertices: Float) -> Indices:
    """(T, 3) triangles that close a loop like a zip, from side to side."""
    sideways = vertices[loop, 0]
    first = int(sideways.argmin())
    loop = loop[first:] + loop[:first]
    sideways = vertices[loop, 0]
    low, high = 1, len(loop) - 1
    triangles = [(0, low, high)]
    while high - low > 1:
        if sideways[low + 1] < sideways[high - 1]:
            triangles.append((low, low + 1, high))
            low += 1
        else:
            triangles.append((low, high - 1, high))
            high -= 1
    return np.array(loop)[np.array(triangles)]


@cache
def body_places() -> csr_matrix:
    """The body model's."""
    return places(BodyModel.load().mean_vertices, solid_triangles(), SPACING)

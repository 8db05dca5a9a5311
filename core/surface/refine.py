"""Splits the triangles of a part of a mesh, which stays closed."""

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
Faces = npt.NDArray[np.int32]

# By the number of split edges: the triangles, out of corners 0, 1, 2 and the middles 3, 4, 5 of the edges 01, 12, 20.
PATTERNS = {
    1: np.array([[0, 3, 2], [3, 1, 2]]),
    2: np.array([[3, 1, 4], [0, 3, 4], [0, 4, 2]]),
    3: np.array([[0, 3, 5], [1, 4, 3], [2, 5, 4], [3, 4, 5]]),
}


def refine(vertices: Float, faces: Faces, fine: npt.NDArray[np.bool_]) -> tuple[Float, Faces]:
    """The mesh with every edge halved whose ends are both `fine`, (V,): (V', 3) vertices, the old ones first, and
    (T', 3) faces."""
    ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).astype(np.int64), axis=1)
    numbers, edge_of = np.unique(ends[:, 0] * len(vertices) + ends[:, 1], return_inverse=True)
    edges = np.stack([numbers // len(vertices), numbers % len(vertices)], axis=1)
    split = fine[edges].all(axis=1)
    middle = np.full(len(edges), -1, np.int64)
    middle[split] = len(vertices) + np.arange(int(split.sum()))
    middles = middle[edge_of.reshape(-1, 3)]
    halved = middles >= 0
    count = halved.sum(axis=1)
    # Turned so that of one split edge it is the first, and of two that they are the first ones.
    turns = np.select([count == 1, count == 2], [halved.argmax(axis=1), halved.argmin(axis=1) + 1], 0)
    order = (np.arange(3) + turns[:, None]) % 3
    both = np.hstack([np.take_along_axis(values, order, axis=1) for values in (faces, middles)]).astype(np.int32)
    parts = [faces[count == 0]]
    parts += [both[count == number][:, pattern].reshape(-1, 3) for number, pattern in PATTERNS.items()]
    halves = vertices[edges[split]].mean(axis=1)
    return np.concatenate([vertices, halves]).astype(np.float32), np.concatenate(parts)

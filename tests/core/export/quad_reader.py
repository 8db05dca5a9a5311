"""What an OBJ file of quads says."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Quads:
    """vertices: (V, 3); uv: (U, 2); corners: (Q, 4, 2), numbers of vertices and of places in the texture."""

    vertices: np.ndarray
    uv: np.ndarray
    corners: np.ndarray

    @property
    def triangles(self) -> np.ndarray:
        """(2 Q, 3, 2) split from corner 0 to corner 2, as Blender does it."""
        return self.corners[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2)


def read_quads(path: Path) -> Quads:
    """An OBJ file that has nothing but quads with places in a texture."""
    rows = [line.split() for line in path.read_text().splitlines()]
    vertices, uv = (np.array([row[1:] for row in rows if row[0] == kind], float) for kind in ("v", "vt"))
    corners = np.array([[corner.split("/") for corner in row[1:]] for row in rows if row[0] == "f"], int) - 1
    return Quads(vertices, uv, corners)


def ordered(triangles: np.ndarray) -> np.ndarray:
    """Triangles (T, 3, 2), each from its lowest vertex on, in an order that depends on nothing else."""
    first = triangles[..., 0].argmin(axis=1)[:, None]
    turned = np.take_along_axis(triangles, ((first + np.arange(3)) % 3)[..., None], axis=1)
    return turned[np.lexsort(turned.reshape(-1, 6).T)]

"""What the fitted body says to the network: its front and back as the crop sees them, and its surface near a point."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..render import MeshCaster, layers, vertex_normals
from .kept import body_share

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

MAP_CHANNELS, POINT_CHANNELS = 12, 11


class BodyShape:
    """A posed body in canonical space, ready to be asked. vertices: (V, 3); faces: (T, 3); codes: (V, 3) which place
    of a body each vertex is, -1 to 1; share: (V,) how much it counts against the network near each vertex, 0-1."""

    def __init__(self, vertices: Float, faces: Indices, codes: Float, share: Float) -> None:
        from scipy.spatial import KDTree

        self.vertices, self._codes, self.share = vertices.astype(np.float32), codes, share
        self.caster = MeshCaster(self.vertices, faces)
        self.normals = vertex_normals(self.vertices, faces)
        self._tree = KDTree(self.vertices)

    @classmethod
    def posed(cls, vertices: Float) -> "BodyShape":
        """The body model's, (V, 3) canonical."""
        return cls(vertices, BodyModel.load().triangles, vertex_codes(), body_share())

    def maps(self, size: int) -> Float:
        """(MAP_CHANNELS, size, size): whether there is a body; z and normal of its front; z and normal of its back;
        code of its front."""
        front, back = layers(self.caster, self.normals, size)
        parts = [front.seen[None], front.z[None], front.normals.transpose(2, 0, 1)]
        parts += [back.z[None], back.normals.transpose(2, 0, 1)]
        code = np.zeros((3, size, size), np.float32)
        corners = self._codes[self.caster.faces[front.face[front.seen]]]
        code[:, front.seen] = np.einsum("mk,mkc->cm", front.barycentric[front.seen], corners)
        parts.append(code)
        return np.concatenate(parts).astype(np.float32)

    def points(self, points: Float) -> Float:
        """(N, 3) -> (N, POINT_CHANNELS): signed distance to the body, negative inside; way from the nearest vertex;
        that vertex's normal; the point's z; all canonical. Then that vertex's code."""
        return self.near(points)[0]

    def near(self, points: Float) -> tuple[Float, npt.NDArray[np.intp]]:
        """What `points` gives, and the vertices (N,) nearest to the points."""
        distance, nearest = self._tree.query(points)
        away = points - self.vertices[nearest]
        sign = np.where(self.caster.inside(points), -1.0, 1.0)
        # Across the nearest vertex's plane where that is near, so that the distance does not jump at the surface.
        across = np.abs((away * self.normals[nearest]).sum(axis=1))
        signed = sign * np.where(distance < NEAR, across, distance)
        parts = [signed[:, None], away, self.normals[nearest], points[:, 2:], self._codes[nearest]]
        return np.concatenate(parts, axis=1).astype(np.float32), np.asarray(nearest)


@cache
def vertex_codes() -> Float:
    """(V, 3) which place of the body a vertex is, -1 to 1: its rest position, as in PaMIR's semantic volume (Zheng et
    al., TPAMI 2021, section 3.2)."""
    rest = BodyModel.load().mean_vertices
    low, high = rest.min(axis=0), rest.max(axis=0)
    return (2 * (rest - low) / (high - low) - 1).astype(np.float32)


# Canonical: about the way between two vertices.
NEAR = 0.006

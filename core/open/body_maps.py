"""What the fitted body says to the network: its front and back as the crop sees them, and its surface near a point."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render import MeshCaster, orbit_view, silhouette, vertex_normals
from ..spaces import CANONICAL_PIXELS, CROP_SIZE

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Half the crop's width in canonical units.
HALF = CROP_SIZE / 2 / CANONICAL_PIXELS
MAP_CHANNELS, POINT_CHANNELS = 9, 8


@dataclass(frozen=True)
class Layer:
    """One side of a mesh as the crop sees it, (size, size) pixels: seen: bool; z: canonical; normals: unit, canonical;
    face, barycentric: what was hit. 0 where nothing is."""

    seen: npt.NDArray[np.bool_]
    z: Float
    normals: Float
    face: npt.NDArray[np.int32]
    barycentric: Float

    def flipped(self) -> "Layer":
        """The same side with left and right swapped; directions are not touched."""
        return Layer(
            self.seen[:, ::-1], self.z[:, ::-1], self.normals[:, ::-1], self.face[:, ::-1], self.barycentric[:, ::-1]
        )


def layers(caster: MeshCaster, normals: Float, size: int) -> tuple[Layer, Layer]:
    """Front and back of a canonical mesh: what a ray along z meets first and last. normals: (V, 3) of its vertices."""
    made = []
    for azimuth in (0.0, 180.0):
        hits = caster.cast(orbit_view(azimuth, np.zeros(3), HALF, size, size))
        seen = silhouette(hits)
        z, turned = np.zeros((size, size), np.float32), np.zeros((size, size, 3), np.float32)
        z[seen] = hits.interpolate(caster.vertices[:, 2:])[:, 0]
        turned[seen] = hits.interpolate(normals)
        turned /= np.maximum(np.linalg.norm(turned, axis=2, keepdims=True), 1e-9)
        layer = Layer(seen, z, turned, hits.face, hits.barycentric)
        # The back is seen from behind, so left and right are swapped.
        made.append(layer.flipped() if azimuth else layer)
    return made[0], made[1]


class BodyShape:
    """A posed body in canonical space, ready to be asked. vertices: (V, 3); faces: (T, 3)."""

    def __init__(self, vertices: Float, faces: Indices) -> None:
        from scipy.spatial import KDTree

        self.vertices = vertices.astype(np.float32)
        self.caster = MeshCaster(self.vertices, faces)
        self.normals = vertex_normals(self.vertices, faces)
        self._tree = KDTree(self.vertices)

    def maps(self, size: int) -> Float:
        """(MAP_CHANNELS, size, size): whether there is a body; z and normal of its front; z and normal of its back."""
        front, back = layers(self.caster, self.normals, size)
        parts = [front.seen[None], front.z[None], front.normals.transpose(2, 0, 1)]
        parts += [back.z[None], back.normals.transpose(2, 0, 1)]
        return np.concatenate(parts).astype(np.float32)

    def points(self, points: Float) -> Float:
        """(N, 3) -> (N, POINT_CHANNELS): signed distance to the body, negative inside; way from the nearest vertex;
        that vertex's normal; the point's z. All canonical."""
        distance, nearest = self._tree.query(points)
        away = points - self.vertices[nearest]
        sign = np.where(self.caster.inside(points), -1.0, 1.0)
        # Across the nearest vertex's plane where that is near, so that the distance does not jump at the surface.
        across = np.abs((away * self.normals[nearest]).sum(axis=1))
        signed = sign * np.where(distance < NEAR, across, distance)
        return np.concatenate([signed[:, None], away, self.normals[nearest], points[:, 2:]], axis=1).astype(np.float32)


# Canonical: about the way between two vertices.
NEAR = 0.006

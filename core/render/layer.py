"""The two sides of a mesh in canonical space as the crop sees them: rays along z, what they meet first and last."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..spaces import CROP_HALF
from .hits import silhouette
from .raycast import MeshCaster
from .view import orbit_view

Float = npt.NDArray[np.float32]


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
        hits = caster.cast(orbit_view(azimuth, np.zeros(3), CROP_HALF, size, size))
        seen = silhouette(hits)
        z, turned = np.zeros((size, size), np.float32), np.zeros((size, size, 3), np.float32)
        z[seen] = hits.interpolate(caster.vertices[:, 2:])[:, 0]
        turned[seen] = hits.interpolate(normals)
        turned /= np.maximum(np.linalg.norm(turned, axis=2, keepdims=True), 1e-9)
        layer = Layer(seen, z, turned, hits.face, hits.barycentric)
        # The back is seen from behind, so left and right are swapped.
        made.append(layer.flipped() if azimuth else layer)
    return made[0], made[1]

"""Pictures in the layout of a scan's texture: where a texel lies on the person, and its colour in a view."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...job import atomic_write
from ...render import Hits, MeshCaster, OrthographicView, silhouette
from .albedo import Albedo
from .scan import Bytes, Float, Scan
from .views import lit

SIZE = 512
# Texels around the layout's islands that get their neighbours' colours: JPEG blurs across edges.
GUTTER = 8


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """The texels of SIZE x SIZE that show a triangle, and what they show."""

    hits: Hits
    normals: Float
    albedo: Float

    @classmethod
    def of(cls, scan: Scan) -> "Unwrapped | None":
        """The texture's layout drawn once; None for a scan without one. Where islands overlap, one of them wins."""
        if scan.uv is None:
            return None
        # Islands outside the unit square are moved into it as a whole, by where they begin.
        whole = np.floor(scan.uv[scan.faces].min(axis=1))
        flat = (scan.uv[scan.faces] - whole[:, None]).reshape(-1, 2)
        vertices = np.concatenate([flat * [1.0, -1.0], np.zeros((len(flat), 1))], axis=1).astype(np.float32)
        caster = MeshCaster(vertices, np.arange(len(flat), dtype=np.int32).reshape(-1, 3))
        pose = np.eye(4)
        pose[:3, 3] = [0.5, -0.5, 1.0]
        flat_hits = caster.cast(OrthographicView(pose, SIZE, SIZE, 1.0 / SIZE))
        hits = Hits(flat_hits.face, flat_hits.barycentric, flat_hits.depth, scan.faces, flat_hits.view)
        seen = silhouette(hits)
        normals = hits.interpolate(scan.normals)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        return cls(hits, normals, Albedo(scan).at(hits.face[seen], hits.barycentric[seen]))

    def save(self, path: Path, scan: Scan) -> None:
        """Write `uv.npz`: position and normal (SIZE, SIZE, 3) float32, canonical, and mask (SIZE, SIZE) bool."""
        seen = silhouette(self.hits)
        position, normal = np.zeros((2, SIZE, SIZE, 3), np.float32)
        position[seen], normal[seen] = self.hits.interpolate(scan.vertices), self.normals
        with atomic_write(path) as stream:
            np.savez(stream, position=position, normal=normal, mask=seen)

    def colours(self, transfer: Float, light: Float) -> Bytes:
        """(SIZE, SIZE, 3) uint8: every texel under a light (9, 3) in the scan's axes; black between the islands."""
        picture = np.zeros((SIZE, SIZE, 3), np.uint8)
        picture[silhouette(self.hits)] = lit(self.albedo, self.hits.interpolate(transfer @ light))
        rows, columns, into = self._gutter()
        picture[into] = picture[rows, columns]
        return picture

    def _gutter(self) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], npt.NDArray[np.bool_]]:
        """Row and column that each texel of the gutter is copied from, (M,) each, and the gutter (SIZE, SIZE)."""
        from scipy.ndimage import distance_transform_edt

        empty = ~silhouette(self.hits)
        distance, nearest = distance_transform_edt(empty, return_indices=True)
        into = empty & (distance <= GUTTER)
        return nearest[0][into], nearest[1][into], into

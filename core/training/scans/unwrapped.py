"""A scan's surface laid out flat: where a texel lies on the person, and its colour in a view.

In the layout of the scan's texture; a scan without one gets points evenly over its surface, laid out along a curve.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...job import atomic_write
from ...render import Hits, MeshCaster, OrthographicView, silhouette
from ..labels import sample_surface
from .albedo import Albedo
from .scan import Bytes, Float, Scan
from .views import lit

SIZE = 512
# Texels around the layout's islands that get their neighbours' colours: JPEG blurs across edges.
GUTTER = 8
CURVE_BITS = 12


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """The texels of SIZE x SIZE that show a triangle, and what they show."""

    hits: Hits
    normals: Float
    albedo: Float

    @classmethod
    def of(cls, scan: Scan, rng: np.random.Generator) -> "Unwrapped":
        """The layout, drawn once; rng: for points where the scan has no layout."""
        hits = _texture_layout(scan, scan.uv) if scan.uv is not None else _point_layout(scan, rng)
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
        distance = np.asarray(distance_transform_edt(empty))
        nearest = np.asarray(distance_transform_edt(empty, return_distances=False, return_indices=True))
        into = empty & (distance <= GUTTER)
        return nearest[0][into], nearest[1][into], into


def _texture_layout(scan: Scan, uv: Float) -> Hits:
    """The triangles where the texture has them. Where islands overlap, one of them wins."""
    # Islands outside the unit square are moved into it, each triangle by where it begins.
    whole = np.floor(uv[scan.faces].min(axis=1))
    flat = (uv[scan.faces] - whole[:, None]).reshape(-1, 2)
    vertices = np.concatenate([flat * [1.0, -1.0], np.zeros((len(flat), 1))], axis=1).astype(np.float32)
    caster = MeshCaster(vertices, np.arange(len(flat), dtype=np.int32).reshape(-1, 3))
    hits = caster.cast(_view())
    return Hits(hits.face, hits.barycentric, hits.depth, scan.faces, hits.view)


def _point_layout(scan: Scan, rng: np.random.Generator) -> Hits:
    """Points evenly on the surface, as many as texels: along a Morton curve in space, laid along one in the picture,
    so that neighbours in it are mostly neighbours on the surface, as JPEG needs it."""
    points, faces, weights = sample_surface(scan.vertices, scan.faces, SIZE * SIZE, rng)
    steps = (points + 0.5).clip(0, 1 - 1e-6)
    order = np.argsort(_interleaved((steps * 2**CURVE_BITS).astype(np.int64), CURVE_BITS))
    texels = np.indices((SIZE, SIZE)).reshape(2, -1).T
    along = np.argsort(_interleaved(texels, SIZE.bit_length()))
    face, barycentric = np.empty(SIZE * SIZE, np.int32), np.empty((SIZE * SIZE, 3), np.float32)
    face[along], barycentric[along] = faces[order], weights[order]
    depth = np.zeros((SIZE, SIZE), np.float32)
    return Hits(face.reshape(SIZE, SIZE), barycentric.reshape(SIZE, SIZE, 3), depth, scan.faces, _view())


def _interleaved(steps: npt.NDArray[np.int64], bits: int) -> npt.NDArray[np.int64]:
    """(N, D) whole numbers of so many bits -> (N,) places on the Morton curve: their bits in turn."""
    axes = steps.shape[1]
    place = np.zeros(len(steps), np.int64)
    for bit in range(bits):
        for axis in range(axes):
            place |= ((steps[:, axis] >> bit) & 1) << (bit * axes + axis)
    return place


def _view() -> OrthographicView:
    """The unit square as a picture, v downwards."""
    pose = np.eye(4)
    pose[:3, 3] = [0.5, -0.5, 1.0]
    return OrthographicView(pose, SIZE, SIZE, 1.0 / SIZE)

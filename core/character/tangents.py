"""Tangent space: at every place of the posed body the axes that its texture runs along, in which normal maps are."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..render import vertex_normals
from ..texture.unwrap import Texels, body_unwrap, spread_out

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]


class TangentSpace:
    """Of the posed body, vertices (V, 3) world metres. As Blender and glTF have it (Mikkelsen, "Simulation of wrinkled
    surfaces revisited", 2008): smooth normals, tangents along u averaged over the faces that meet in the atlas."""

    def __init__(self, vertices: Float) -> None:
        triangles, unwrap = BodyModel.load().triangles, body_unwrap()
        self._normals = vertex_normals(vertices, triangles)
        corners = vertices[triangles].astype(np.float64)
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        (_, v1), (_, v2) = _uv_edges().transpose(1, 2, 0)
        along = (first * v2[:, None] - second * v1[:, None]) * _handed()[:, None]
        flat = np.repeat(along, 3, axis=0)
        sums = [np.bincount(unwrap.triangles.ravel(), flat[:, axis], len(unwrap.uv)) for axis in range(3)]
        self._tangents = np.stack(sums, axis=1).astype(np.float32)

    def axes(self, face: Indices, barycentric: Float) -> Float:
        """(N, 3, 3) at places of the body's triangles: tangent, bitangent and normal, unit rows, world. face: (N,);
        barycentric: (N, 3) weights of its corners."""
        normal = _unit(_mixed(self._normals[BodyModel.load().triangles[face]], barycentric))
        tangent = _mixed(self._tangents[body_unwrap().triangles[face]], barycentric)
        tangent = _unit(tangent - (tangent * normal).sum(axis=1, keepdims=True) * normal)
        bitangent = np.cross(normal, tangent) * _handed()[face][:, None]
        return np.stack([tangent, bitangent, normal], axis=1).astype(np.float32)


def bumpy(relief: Float, texels: Texels) -> Float:
    """(N, 3) unit normals in tangent space, at the texels of an atlas, of a surface that rises by relief (S, S) metres,
    an atlas as well, above the body."""
    import cv2

    size = texels.size
    rise = np.zeros((size, size, 1), np.float32)
    rise[texels.rows, texels.columns, 0] = cv2.resize(relief, (size, size))[texels.rows, texels.columns]
    # Beyond the border of a chart it goes on as it is there.
    down, right = np.gradient(spread_out(rise, texels)[..., 0] * size)
    by_u, by_v = right[texels.rows, texels.columns], -down[texels.rows, texels.columns]
    stretch_u, skew, stretch_v = _stretches()[texels.face].T
    along, across = by_u / stretch_u, (by_v - skew * by_u / stretch_u) / stretch_v
    return _unit(np.stack([-along, -across, np.ones_like(along)], axis=1)).astype(np.float32)


@cache
def _stretches() -> Float:
    """(T, 3) of every triangle of the body, metres by unit of the atlas: the tangent's for u, its and the bitangent's
    for v."""
    model = BodyModel.load()
    corners = model.mean_vertices[model.triangles]
    # Triangles without area in the atlas have no texels.
    by_u, by_v = np.moveaxis(np.linalg.pinv(_uv_edges()) @ (corners[:, 1:] - corners[:, :1]), 1, 0)
    stretch_u = np.maximum(np.linalg.norm(by_u, axis=1), 1e-6)
    skew = (by_u * by_v).sum(axis=1) / stretch_u
    stretch_v = np.linalg.norm(by_v - (skew / stretch_u)[:, None] * by_u, axis=1)
    return np.stack([stretch_u, skew, np.maximum(stretch_v, 1e-6)], axis=1).astype(np.float32)


def _mixed(corners: Float, barycentric: Float) -> Float:
    return np.einsum("nkc,nk->nc", corners, barycentric)


def _unit(values: Float) -> Float:
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


@cache
def _uv_edges() -> Float:
    """(T, 2, 2) two edges of every triangle in the atlas."""
    unwrap = body_unwrap()
    corners = unwrap.uv[unwrap.triangles]
    return corners[:, 1:] - corners[:, :1]


@cache
def _handed() -> Float:
    """(T,) 1 where the atlas shows a triangle as it is from outside, -1 where mirrored."""
    edges = _uv_edges()
    area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    return np.where(area < 0, -1.0, 1.0).astype(np.float32)

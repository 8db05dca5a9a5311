"""Tangent space: at every place of the posed body the axes that its texture runs along, in which normal maps are."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..render import vertex_normals
from ..texture.unwrap import body_unwrap

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

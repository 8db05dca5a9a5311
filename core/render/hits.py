"""What the rays of a picture hit, and the pictures made from it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..spaces import Array
from .view import View

Picture = npt.NDArray[np.uint8]

GREY = (186, 186, 186)
# In the camera's axes: from the viewer's upper right, so that relief shows.
LIGHT = np.array([0.35, 0.45, 0.82])
AMBIENT = 0.3


@dataclass(frozen=True)
class Hits:
    """Per pixel of a view, (height, width): what its ray met first.

    face: int32 index into faces, -1 for nothing; barycentric: (..., 3) float32 weights of the face's corners, 0 for
    nothing; depth: float32 metres along the camera's axis, inf for nothing; faces: (T, 3) of the mesh.
    """

    face: npt.NDArray[np.int32]
    barycentric: npt.NDArray[np.float32]
    depth: npt.NDArray[np.float32]
    faces: npt.NDArray[np.int32]
    view: View

    def interpolate(self, values: npt.ArrayLike) -> Array:
        """Vertex values (V, C) at the M pixels that show the mesh: (M, C) float32, in `silhouette` order."""
        seen = silhouette(self)
        corners = np.asarray(values, np.float32)[self.faces[self.face[seen]]]
        return np.einsum("mk,mkc->mc", self.barycentric[seen], corners)


def silhouette(hits: Hits) -> npt.NDArray[np.bool_]:
    """(height, width) bool: pixels whose centre shows the mesh."""
    return hits.face >= 0


def shade(
    hits: Hits,
    normals: Array | None = None,
    colours: npt.NDArray[np.uint8] | None = None,
    background: tuple[int, int, int] = (255, 255, 255),
) -> Picture:
    """A picture of the mesh, (height, width, 3) uint8 RGB.

    normals: (V, 3) world unit normals for Lambert shading, None for none (a photograph's colours hold their light
    already); colours: (V, 3) uint8 RGB, None for grey.
    """
    values = np.asarray([GREY], np.float32) if colours is None else hits.interpolate(colours)
    return shade_pixels(hits, None if normals is None else hits.interpolate(normals), values, background)


def shade_pixels(
    hits: Hits, normals: Array | None, colours: Array, background: tuple[int, int, int] = (255, 255, 255)
) -> Picture:
    """As `shade`, from world normals (M, 3) and colours (M, 3) or (1, 3), 0-255, of the M pixels that show the mesh, in
    `silhouette` order."""
    picture = np.empty((*hits.face.shape, 3), np.uint8)
    picture[:] = background
    seen = silhouette(hits)
    values = np.asarray(colours, np.float32)
    if normals is not None:
        surface = normals @ hits.view.camera_to_world[:3, :3]
        length = np.linalg.norm(surface, axis=1)
        cosine = np.maximum(surface @ (LIGHT / np.linalg.norm(LIGHT)) / np.maximum(length, 1e-9), 0.0)
        values = values * (AMBIENT + (1.0 - AMBIENT) * cosine)[:, None]
    picture[seen] = np.clip(np.broadcast_to(values, (int(seen.sum()), 3)) + 0.5, 0, 255).astype(np.uint8)
    return picture


def vertex_normals(vertices: Array, faces: npt.NDArray[np.integer]) -> Array:
    """Smooth unit normals (V, 3) float32: face normals averaged by area; zero where a vertex has no face."""
    corners = np.asarray(vertices, np.float64)[faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = np.asarray(faces).ravel()
    sums = [np.bincount(flat, np.repeat(face_normals[:, axis], 3), len(vertices)) for axis in range(3)]
    normals = np.stack(sums, axis=1)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return (normals / np.maximum(length, 1e-20)).astype(np.float32)


def vertex_areas(vertices: Array, faces: npt.NDArray[np.integer]) -> Array:
    """(V,) float32: a third of the area of each vertex's faces, in squares of the vertices' (V, 3) unit."""
    corners = np.asarray(vertices, np.float64)[faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 6.0
    return np.bincount(np.asarray(faces).ravel(), np.repeat(areas, 3), len(vertices)).astype(np.float32)

"""The face as fine as the body's: the mesh's cells are as large as a lip."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..face.body_face import face_share
from ..render import MeshCaster, vertex_normals
from ..surface.mesh import Faces, Vertices
from ..surface.refine import refine
from ..surface.smoothing import neighbour_mean, smooth
from .body_maps import BodyShape

Float = npt.NDArray[np.float32]

# How often edges are halved, where a vertex belongs to the face at least so far.
TIMES, LEAST = 2, 0.02
# Canonical (metres of a person of about 1.8): how far from the mesh rays look for it.
NEAR = 0.02
# Pairs of steps that take the cells off the mesh before it is laid onto the face, and steps over which its ways there
# become smooth, and go on where no face is near.
PLAIN, EVEN = 40, 3
GO_ON = 30
# Pairs of steps after it, for triangles that turned over in nostrils and between lips.
UNFOLD = 2


def fine_face(vertices: Vertices, faces: Faces, body: BodyShape) -> tuple[Vertices, Faces]:
    """The mesh (V, 3), (T, 3), canonical, with smaller triangles in the face, laid onto the body's there; the vertices
    that there are come first."""
    part = (body.values_at(vertices, face_share()) > 0)[faces].any(axis=1)
    if not part.any():
        return vertices, faces
    corners, own = np.unique(faces[part], return_inverse=True)
    laid, own_faces = _laid(vertices[corners], own.reshape(-1, 3).astype(np.int32), body)
    made = laid[len(corners) :]
    result = np.concatenate([vertices, made])
    result[corners] = laid[: len(corners)]
    index = np.concatenate([corners, len(vertices) + np.arange(len(made))]).astype(np.int32)
    return result, np.concatenate([faces[~part], index[own_faces]])


def _laid(vertices: Vertices, faces: Faces, body: BodyShape) -> tuple[Vertices, Faces]:
    for _ in range(TIMES):
        vertices, faces = refine(vertices, faces, body.values_at(vertices, face_share()) > LEAST)
    mean = neighbour_mean(faces, len(vertices))
    share = body.values_at(vertices, face_share())
    for _ in range(GO_ON):
        share = mean @ share
    vertices = smooth(vertices, faces, share, PLAIN)
    normals = vertex_normals(vertices, faces)
    ways = NEAR - MeshCaster(body.vertices, _head()).distances(vertices + NEAR * normals, -normals)
    met = (np.abs(ways) < NEAR) & (share > LEAST)
    ways = np.where(met, ways, 0.0)
    for _ in range(GO_ON):
        ways = np.where(met, ways, mean @ ways)
    for _ in range(EVEN):
        ways = mean @ ways
    moved = (vertices + (share * ways)[:, None] * normals).astype(np.float32)
    return smooth(moved, faces, share, UNFOLD), faces


@cache
def _head() -> npt.NDArray[np.int32]:
    """The triangles (T, 3) of the body's head that can be seen."""
    model = BodyModel.load()
    return model.triangles[(model.exterior & model.of_parts("head", "neck"))[model.triangles].all(axis=1)]

"""The face as fine as the body's: the mesh's cells are as large as a lip."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..render import MeshCaster, vertex_normals
from ..surface.mesh import Faces, Vertices
from ..surface.refine import refine
from ..surface.smoothing import neighbour_mean, smooth
from .body_maps import BodyShape

Float = npt.NDArray[np.float32]

# How often edges are halved.
TIMES = 2
# Metres around eyes, nose and mouth in which the body's face counts wholly, and where it ends.
WHOLLY, NOT = 0.02, 0.05
# Canonical (metres of a person of about 1.8): how far from the mesh rays look for it.
NEAR = 0.02
# Pairs of steps that take the cells off the mesh before it is laid onto the face, and steps over which its ways there
# become smooth, and go on where no face is near.
PLAIN, EVEN = 40, 3
GO_ON = 30
# Pairs of steps after it, for triangles that turned over in nostrils and between lips.
UNFOLD = 2
# MediaPipe's landmarks of eyes, nose, mouth and chin.
FEATURES = (33, 133, 159, 145, 362, 263, 386, 374, 6, 197, 4, 94, 98, 327, 61, 291, 13, 14, 17, 152, 168)


def fine_face(vertices: Vertices, faces: Faces, body: BodyShape) -> tuple[Vertices, Faces]:
    """The mesh (V, 3), (T, 3), canonical, with smaller triangles in the face, laid onto the body's there."""
    for _ in range(TIMES):
        vertices, faces = refine(vertices, faces, body.values_at(vertices, _counts()) > 0.02)
    mean = neighbour_mean(faces, len(vertices))
    share = body.values_at(vertices, _counts())
    for _ in range(GO_ON):
        share = mean @ share
    vertices = smooth(vertices, faces, share, PLAIN)
    normals = vertex_normals(vertices, faces)
    ways = NEAR - MeshCaster(body.vertices, _head()).distances(vertices + NEAR * normals, -normals)
    met = (np.abs(ways) < NEAR) & (share > 0.01)
    ways = np.where(met, ways, 0.0)
    for _ in range(GO_ON):
        ways = np.where(met, ways, mean @ ways)
    for _ in range(EVEN):
        ways = mean @ ways
    laid = (vertices + (share * ways)[:, None] * normals).astype(np.float32)
    return smooth(laid, faces, share, UNFOLD), faces


@cache
def _counts() -> Float:
    """(V,) how far a vertex of the body belongs to its face, 0-1."""
    from scipy.spatial import KDTree

    from ..face.body_face import BodyFace

    model = BodyModel.load()
    places = BodyFace.of(model).on(model.mean_vertices)[list(FEATURES)]
    away, _ = KDTree(places).query(model.mean_vertices)
    counts = np.clip((NOT - away) / (NOT - WHOLLY), 0.0, 1.0)
    return np.where(model.of_parts("head") & model.exterior, counts, 0.0).astype(np.float32)


@cache
def _head() -> npt.NDArray[np.int32]:
    """The triangles (T, 3) of the body's head that can be seen."""
    model = BodyModel.load()
    return model.triangles[(model.exterior & model.of_parts("head", "neck"))[model.triangles].all(axis=1)]

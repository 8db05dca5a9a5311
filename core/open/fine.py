"""Face and hands as fine as the body's: the mesh's cells are as large as a lip, and fingers are thinner than two."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from ..body.model import BodyModel
from ..face.body_face import face_share
from ..render import MeshCaster, vertex_normals
from ..surface.mesh import Faces, Vertices
from ..surface.refine import refine
from ..surface.smoothing import neighbour_mean, smooth
from .body_maps import BodyShape
from .kept import hand_share

Float = npt.NDArray[np.float32]

# How often edges are halved, where a vertex belongs to the part at least so far; no more than what is laid.
TIMES, LEAST_FACE, LEAST_HAND, LEAST = 2, 0.02, 0.3, 0.02
# Canonical (metres of a person of about 1.8): how far from the mesh rays look for the face, and for a hand, where the
# next finger is not much further away.
NEAR_FACE, NEAR_HAND = 0.02, 0.006
# Steps of averaging over neighbours before the mesh is laid onto the face, which take off its cells and most of its
# nose; steps over which the directions are averaged in which it goes there, else those of a nose that the network has
# beside the body's would cross; and over which its ways become smooth, and go on where no face or hand is near.
PLAIN, ALONGSIDE, EVEN = 12, 60, 3
GO_ON_FACE, GO_ON_HAND = 30, 10
# Pairs of steps after it, for triangles that turned over in nostrils, between lips, and between fingers.
UNFOLD_FACE, UNFOLD_HAND = 2, 1
# From this share on a vertex belongs to the hand whole.
WHOLE_HAND = 2 / 3


def fine_face(vertices: Vertices, faces: Faces, body: BodyShape) -> tuple[Vertices, Faces]:
    """The mesh (V, 3), (T, 3), canonical, with smaller triangles in the face, laid onto the body's there; the vertices
    that there are come first."""
    return _finer(vertices, faces, body, face_share(), LEAST_FACE, _onto_face)


def fine_hands(vertices: Vertices, faces: Faces, body: BodyShape) -> tuple[Vertices, Faces]:
    """The same for hands: fingers that the mesh's cells cut up are whole."""
    return _finer(vertices, faces, body, hand_share(), LEAST_HAND, _onto_hands)


def whole_hand(vertices: Vertices, body: BodyShape) -> Float:
    """(V,) how far each vertex (V, 3) is a hand's, 0-1; wrists are between."""
    return np.clip(body.values_at(vertices, hand_share()) / WHOLE_HAND, 0.0, 1.0)


def _finer(
    vertices: Vertices,
    faces: Faces,
    body: BodyShape,
    share: Float,
    least: float,
    laid: Callable[[Vertices, Faces, BodyShape], Vertices],
) -> tuple[Vertices, Faces]:
    part = (body.values_at(vertices, share) > 0)[faces].any(axis=1)
    if not part.any():
        return vertices, faces
    corners, own = np.unique(faces[part], return_inverse=True)
    own_vertices, own_faces = vertices[corners], own.reshape(-1, 3).astype(np.int32)
    for _ in range(TIMES):
        own_vertices, own_faces = refine(own_vertices, own_faces, body.values_at(own_vertices, share) > least)
    moved = laid(own_vertices, own_faces, body)
    result = np.concatenate([vertices, moved[len(corners) :]])
    result[corners] = moved[: len(corners)]
    index = np.concatenate([corners, np.arange(len(vertices), len(result))]).astype(np.int32)
    return result, np.concatenate([faces[~part], index[own_faces]])


def _onto_face(vertices: Vertices, faces: Faces, body: BodyShape) -> Vertices:
    mean = neighbour_mean(faces, len(vertices))
    share = body.values_at(vertices, face_share())
    rim = _rim(faces)
    for _ in range(GO_ON_FACE):
        share = mean @ share
        # What follows averages over neighbours, and those there are on one side only.
        share[rim] = 0.0
    for _ in range(PLAIN):
        vertices = vertices + share[:, None] * (mean @ vertices - vertices)
    along = vertex_normals(vertices, faces)
    for _ in range(ALONGSIDE):
        along = mean @ along
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    # From outside, so that the lips and not the teeth are met.
    ways = NEAR_FACE - MeshCaster(body.vertices, _head()).distances(vertices + NEAR_FACE * along, -along)
    met = (np.abs(ways) < NEAR_FACE) & (share > LEAST)
    ways = _gone_on(ways, met, mean, GO_ON_FACE)
    for _ in range(EVEN):
        ways = mean @ ways
    moved = (vertices + (share * ways)[:, None] * along).astype(np.float32)
    return smooth(moved, faces, share, UNFOLD_FACE)


def _rim(faces: Faces) -> npt.NDArray[np.int64]:
    """The vertices along the border of a part of a mesh, (T, 3)."""
    ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).astype(np.int64), axis=1)
    numbers, times = np.unique(ends[:, 0] * (faces.max() + 1) + ends[:, 1], return_counts=True)
    return np.unique(np.stack(np.divmod(numbers[times == 1], faces.max() + 1)))


def _onto_hands(vertices: Vertices, faces: Faces, body: BodyShape) -> Vertices:
    mean = neighbour_mean(faces, len(vertices))
    share = whole_hand(vertices, body)
    normals = vertex_normals(vertices, faces)
    # Outwards from inside the hand and inwards from outside, so that no finger is laid onto the next one.
    sides = np.where(body.caster.inside(vertices), 1.0, -1.0).astype(np.float32)
    ways = sides * MeshCaster(body.vertices, _hands()).distances(vertices, sides[:, None] * normals)
    met = (np.abs(ways) < NEAR_HAND) & (share > LEAST)
    ways = _gone_on(ways, met, mean, GO_ON_HAND)
    moved = (vertices + (share * ways)[:, None] * normals).astype(np.float32)
    return smooth(moved, faces, share, UNFOLD_HAND)


def _gone_on(ways: Float, met: npt.NDArray[np.bool_], mean: csr_matrix, steps: int) -> Float:
    """(V,) the ways that were met, and between and around them what follows from their neighbours'."""
    ways = np.where(met, ways, 0.0)
    for _ in range(steps):
        ways = np.where(met, ways, mean @ ways)
    return ways


@cache
def _head() -> npt.NDArray[np.int32]:
    """The triangles (T, 3) of the body's head that can be seen."""
    return _seen("head", "neck")


@cache
def _hands() -> npt.NDArray[np.int32]:
    """The triangles (T, 3) of the body's hands and of the forearms that they fade into."""
    return _seen("hand", "forearm")


def _seen(*parts: str) -> npt.NDArray[np.int32]:
    model = BodyModel.load()
    return model.triangles[(model.exterior & model.of_parts(*parts))[model.triangles].all(axis=1)]

"""One frame: the body model's mesh is laid onto the frame's reconstructed surface.

Iterated closest points with a displacement field that stiffens along the surface (Amberg et al., CVPR 2007, in idea):
first limbs shift as a whole, then forms follow, at last folds.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..open.kept import body_share
from ..render import MeshCaster, vertex_normals
from ..spaces import Array, Camera
from .smoothing import smoother

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Lengths of the smoothing (metres) from one step to the next.
STIFF_STEPS = (0.08, 0.08, 0.08, 0.04)
SOFT_STEPS = (0.02, 0.01, 0.005, 0.005)
# Limbs shift by every so many vertices: they have few degrees of freedom.
STIFF_EVERY = 3
# Metres over which normals are averaged.
NORMAL_LENGTH = 0.015
# Metres. Surfaces further away are another's, or the ball's; a normal that is off by a radian counts as so many metres.
REACH, NORMAL_METRES = 0.10, 0.06
# A match this far away (metres) counts a quarter.
TRUSTED_DISTANCE = 0.04
# A place of the surface belongs to another part of the body when the body's vertex nearest to it is this far, in the
# rest pose.
SAME_PART = 0.12
# Cosines: normals that disagree more are no match; angles of view from not trusted to fully.
AGREEING, GRAZING, FACING = 0.3, 0.1, 0.5
# The least trust in what is seen: at a grazing angle depth is poor, but the mask's edge is sharp.
RIM = 0.2
# Metres: a registered vertex further from the surface does not lie on it.
REGISTERED = 0.012


@dataclass(frozen=True, eq=False)
class Registered:
    """One frame's mesh of the body model's topology: vertices (V, 3) world; sure: (V,) how surely each lies on the
    frame's surface, seen: (V,) how well the camera sees it, 0-1."""

    vertices: Float
    sure: Float
    seen: Float


class FrameSurface:
    """A reconstructed surface, ready to be asked for matches."""

    def __init__(self, vertices: Float, faces: Indices) -> None:
        from scipy.spatial import KDTree

        self._points, self._normals = vertices, vertex_normals(vertices, faces)
        self._tree = KDTree(_with_normals(self._points, self._normals), balanced_tree=False)

    def match(self, vertices: Float, chosen: Indices) -> "Matches":
        """Matches of chosen vertices (N,) of a posed body, vertices (V, 3)."""
        normals = soft_normals(vertices)[chosen]
        distance, index = self._tree.query(_with_normals(vertices[chosen], normals), distance_upper_bound=2 * REACH)
        index = np.where(np.isfinite(distance), index, 0)
        points, theirs = self._points[index], self._normals[index]
        away, trust = np.zeros_like(vertices), np.zeros(len(vertices), np.float32)
        offset = points - vertices[chosen]
        gap = np.linalg.norm(offset, axis=1)
        fits = np.isfinite(distance) & (gap < REACH) & ((normals * theirs).sum(axis=1) > AGREEING)
        away[chosen] = (offset * theirs).sum(axis=1, keepdims=True) * theirs
        trust[chosen] = fits / (1 + (gap / TRUSTED_DISTANCE) ** 2) ** 2
        return Matches(away, trust, _with_normals(points, theirs))


@dataclass(frozen=True, eq=False)
class Matches:
    """away: (V, 3) from a posed body's vertices to the surface's tangent planes, metres; trust: (V,) 0-1; places:
    (N, 6) of the chosen vertices' matches, as _with_normals has them."""

    away: Float
    trust: Float
    places: Float


def register(start: Float, rest: Float, surface: FrameSurface, camera: Camera) -> Registered:
    """Lay the posed body, start (V, 3) world metres, onto a frame's surface; rest: (V, 3) the same in the rest pose."""
    outer = np.flatnonzero(BodyModel.load().exterior)
    bare = 1.0 - body_share()
    # What wears nothing only goes where limbs go.
    dressed = outer[bare[outer] > 0.01]
    vertices = start
    for length in STIFF_STEPS:
        found = surface.match(vertices, outer[::STIFF_EVERY])
        vertices = vertices + smoother(length).average(found.away, found.trust, 0.02 / STIFF_EVERY)
    own = _own_matches(vertices, rest, surface, outer)
    for length in SOFT_STEPS:
        found = surface.match(vertices, dressed)
        vertices = vertices + smoother(length).average(found.away, found.trust * own * bare, 0.05) * bare[:, None]
    found = surface.match(vertices, outer)
    sure = found.trust * own * (np.linalg.norm(found.away, axis=1) < REGISTERED)
    return Registered(vertices, sure.astype(np.float32), visibility(vertices, camera))


def soft_normals(vertices: Float) -> Float:
    """(V, 3) unit normals of a posed body without what clothes cover: toes, and clefts between muscles."""
    normals = vertex_normals(vertices, BodyModel.load().triangles)
    smooth = smoother(NORMAL_LENGTH).smooth(normals)
    return (smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def visibility(vertices: Float, camera: Camera) -> Float:
    """(V,) how well the camera sees each vertex of a posed body: 0 hidden, RIM on the outline, 1 frontally."""
    triangles = BodyModel.load().triangles
    normals = vertex_normals(vertices, triangles)
    towards = camera.camera_to_world[:3, 3] - vertices
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    facing = np.clip(((normals * towards).sum(axis=1) - GRAZING) / (FACING - GRAZING), 0.0, 1.0)
    free = MeshCaster(vertices, triangles).visible(vertices + 0.004 * normals, camera)
    return (free * (RIM + (1 - RIM) * facing)).astype(np.float32)


def _own_matches(vertices: Float, rest: Float, surface: FrameSurface, outer: Indices) -> npt.NDArray[np.bool_]:
    """(V,) whether the body's vertex nearest to a vertex's match is near to that vertex in the rest pose, too: an arm
    that touches the trunk must not take the trunk's surface."""
    from scipy.spatial import KDTree

    tree = KDTree(_with_normals(vertices, soft_normals(vertices))[outer], balanced_tree=False)
    found = surface.match(vertices, outer)
    nearest = outer[tree.query(found.places)[1]]
    own = np.zeros(len(vertices), bool)
    own[outer] = np.linalg.norm(rest[nearest] - rest[outer], axis=1) < SAME_PART
    return own


def _with_normals(points: Array, normals: Array) -> Float:
    """(N, 6) so that distances between rows count places and directions."""
    return np.concatenate([points, NORMAL_METRES * normals], axis=1).astype(np.float32)

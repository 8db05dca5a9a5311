"""Shoes: the foot's form where it is not bare, with no toes, an even sole and no arch.

The toes' skin, cut off at the ball of the foot, is one sheet with a rim: a disc. Flattened, and then laid anew over
the convex hull of the front of the foot, from its rim forwards, it is the cap of a shoe. Below the ankle the rest lies
on the convex hull of the sole.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..body.plain import smoother
from ..render import vertex_normals
from ..surface.silhouette import averaged

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]
Indices = npt.NDArray[np.integer]

# Shares of the foot's length from the heel: the cap's rim; and the middle from which the cap is seen.
RIM, MIDDLE = 0.60, 0.78
# Metres above the ground: of that middle; up to where the sole is even; over which that fades.
HEIGHT, SOLE, FADE = 0.025, 0.03, 0.025
# Metres of room above the toes and before them.
ROOM = (0.018, 0.006)
# How often the flattened sheet gives more room to what is stretched too far, and how eagerly.
ROUNDS, EAGERNESS = 30, 0.5
# Metres: shapes of the cap shorter than this are taken away.
SHORTEST = 0.06
# Steps of averaging that round the edges of the hull.
SMOOTH_STEPS = 3


@cache
def shoe_ways() -> Float:
    """(V, 3) metres by which the vertices of the mean body's rest pose move to be those of feet in shoes."""
    model = BodyModel.load()
    vertices = model.mean_vertices.astype(np.float64)
    left = model.of_parts("foot") & (vertices[:, 0] > 0)
    shod = _even_sole(_capped(vertices, left), left)
    ways = np.where(left[:, None], shod - vertices, 0.0)
    ways[model.mirror[left]] = ways[left] * [-1.0, 1.0, 1.0]
    return ways.astype(np.float32)


def _capped(vertices: Double, foot: npt.NDArray[np.bool_]) -> Double:
    """The vertices (V, 3), those in front of the rim laid onto the cap."""
    ground, heel, tip = vertices[foot, 1].min(), vertices[foot, 2].min(), vertices[foot, 2].max()
    begins = heel + RIM * (tip - heel)
    front = foot & (vertices[:, 2] > begins)
    faces = BodyModel.load().triangles
    faces = faces[front[faces].all(axis=1)]
    rim = _rim(faces)
    middle = np.array([vertices[rim, 0].mean(), ground + HEIGHT, heel + MIDDLE * (tip - heel)])
    towards = vertices[rim] - middle
    widest = float(np.arctan2(np.linalg.norm(towards[:, :2], axis=1), towards[:, 2]).mean())
    circle = towards[:, :2] / np.linalg.norm(towards[:, :2], axis=1, keepdims=True)
    points = vertices[front]
    share = np.clip((points[:, 2:] - begins) / (tip - begins), 0.0, 1.0)
    hull = _hull(np.concatenate([points, points + share * [0.0, ROOM[0], ROOM[1]], points + share * [0, 0, ROOM[1]]]))
    capped = vertices.copy()
    lengths = _lengths(faces, vertices)
    pull, inner = np.ones(len(lengths)), np.setdiff1d(np.unique(faces), rim)
    for _ in range(ROUNDS):
        places = _flattened(faces, pull, rim, circle)
        capped[inner] = _on_hull(_domed(places, widest), middle, hull)
        pull *= np.clip(_lengths(faces, capped) / lengths, 0.1, 10.0) ** EAGERNESS
        pull /= pull.mean()
    capped[inner] = smoother(capped, BodyModel.load().triangles, SHORTEST)(capped)[inner]
    return capped


def _even_sole(vertices: Double, foot: npt.NDArray[np.bool_]) -> Double:
    """The vertices (V, 3), of the foot those near the ground laid onto the convex hull of what is near the ground."""
    ground = vertices[foot, 1].min()
    height = vertices[:, 1] - ground
    low = foot & (height < SOLE + FADE)
    normals = vertex_normals(vertices, BodyModel.load().triangles)
    planes = _hull(vertices[low])
    towards = normals[low] @ planes[:, :3].T
    gap = -(vertices[low] @ planes[:, :3].T + planes[:, 3])
    way = np.zeros(len(vertices))
    way[low] = np.where(towards > 1e-3, gap / np.maximum(towards, 1e-3), np.inf).min(axis=1).clip(0.0, FADE)
    way *= np.clip((SOLE + FADE - height) / FADE, 0.0, 1.0) * foot
    return vertices + averaged(way, SMOOTH_STEPS)[:, None] * normals


def _rim(faces: Indices) -> Indices:
    """The vertices on the border of a sheet of triangles (T, 3)."""
    edges, count = np.unique(_edges(faces), axis=0, return_counts=True)
    return np.unique(edges[count == 1])


def _edges(faces: Indices) -> Indices:
    return np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)


def _lengths(faces: Indices, vertices: Double) -> Double:
    edges = _edges(faces)
    return np.maximum(np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1), 1e-5)


def _flattened(faces: Indices, pull: Double, rim: Indices, circle: Double) -> Double:
    """Places (N, 2) of the vertices within the rim, by number, in the disc on whose circle the rim lies (R, 2): each
    in the middle of its neighbours, weighed by how much their edges pull, so nothing folds (Tutte 1963)."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    used, local = np.unique(_edges(faces), return_inverse=True)
    first, second = local.reshape(-1, 2).T
    both = (np.concatenate([first, second]), np.concatenate([second, first]))
    weights = coo_matrix((np.concatenate([pull, pull]), both), shape=(len(used), len(used))).tocsr()
    laplacian = (diags(np.asarray(weights.sum(axis=1)).ravel()) - weights).tocsr()
    fixed = np.searchsorted(used, rim)
    inner = np.setdiff1d(np.arange(len(used)), fixed)
    known = -laplacian[inner][:, fixed] @ circle
    return np.asarray(spsolve(laplacian[inner][:, inner].tocsc(), known))


def _domed(places: Double, widest: float) -> Double:
    """(N, 3) directions of places in the disc (N, 2): its middle forwards, its circle turned away by
    `widest` radians."""
    radius = np.linalg.norm(places, axis=1, keepdims=True)
    aside = np.sin(radius * widest) * places / np.maximum(radius, 1e-9)
    return np.concatenate([aside, np.cos(radius * widest)], axis=1)


def _hull(points: Double) -> Double:
    """(H, 4) planes of the convex hull: normals outwards, and offsets."""
    from scipy.spatial import ConvexHull

    return ConvexHull(points).equations


def _on_hull(directions: Double, middle: Double, planes: Double) -> Double:
    """(N, 3) where rays from the middle leave the hull."""
    towards = directions @ planes[:, :3].T
    gap = -(middle @ planes[:, :3].T + planes[:, 3])
    reach = np.where(towards > 1e-9, gap / np.maximum(towards, 1e-9), np.inf).min(axis=1)
    return middle + reach[:, None] * directions

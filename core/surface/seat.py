"""The seat of trousers and skirts: cloth spans the hollow between the buttocks, which no outline shows.

Drawn around the hips, cloth lies on the convex hull of the body's cross-section. Below the waist everybody wears
something; further up, the furrow of a bare back is not to be filled.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..body.plain import plain_body
from ..render import vertex_normals
from .silhouette import averaged, inflate, neighbour_average

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Metres: distance of the cross-sections; and what is no cleft but the gap between the legs.
SLICE, DEEPEST = 0.005, 0.03
# Metres: above the crotch cloth begins to span and does so fully; below the waist it ends.
BEGINS, ENDS = 0.04, 0.06
# Metres: what is a hollow.
SPANNED = 0.001
# Steps of averaging over neighbours that round the seat's edges; and over which anatomy begins again.
SMOOTH_STEPS, FADE_STEPS = 2, 6


def cover_seat(vertices: Float, metres_per_unit: float) -> Float:
    """(V, 3) canonical: the posed body with its hips as cloth covers them."""
    plain = vertices + _hips()[:, None] * (plain_body(vertices) - vertices)
    return inflate(plain, seat() / np.float32(metres_per_unit))


def crotch_height(vertices: Float) -> float:
    """Metres: y of the crotch of a body in the rest pose, (V, 3) metres."""
    trunk = BodyModel.load().of_parts("torso", "thigh")
    return vertices[trunk & (np.abs(vertices[:, 0]) < 2 * SLICE), 1].min()


@cache
def seat() -> Float:
    """(V,) metres along the normals from the body without anatomy (core.body.plain) to the cloth that spans it."""
    model = BodyModel.load()
    vertices = plain_body(model.mean_vertices)
    trunk, height = model.of_parts("torso", "thigh"), vertices[:, 1]
    crotch, waist = crotch_height(vertices), model.mean_heads[model.bone("spine04")][1]
    hollow = np.minimum(_below_hull(vertices, np.flatnonzero(trunk & (height > crotch) & (height < waist))), DEEPEST)
    hollow *= np.clip((height - crotch) / BEGINS, 0.0, 1.0) * np.clip((waist - height) / ENDS, 0.0, 1.0)
    return averaged(hollow, SMOOTH_STEPS).astype(np.float32)


@cache
def _hips() -> Float:
    """(V,) 1 where the seat is, fading to 0."""
    share = (seat() > SPANNED).astype(np.float32)
    for _ in range(FADE_STEPS):
        share = np.maximum(share, neighbour_average() @ share)
    return share


def _below_hull(vertices: Float, chosen: Indices) -> Float:
    """(V,) how far the chosen of the vertices (V, 3) lie, along their normals, below the convex hull of the horizontal
    cross-section that they and their neighbours make; 0 elsewhere."""
    from scipy.spatial import ConvexHull

    triangles = BodyModel.load().triangles
    normals = vertex_normals(vertices, triangles)[:, [0, 2]]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    corners = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = vertices[corners[np.isin(corners, chosen).all(axis=1)]]
    edges = np.take_along_axis(edges, edges[..., 1].argsort(axis=1)[..., None], axis=1)
    below = np.zeros(len(vertices), np.float32)
    rows = np.floor(vertices[chosen, 1] / SLICE)
    for row in np.unique(rows):
        here, height = chosen[rows == row], (row + 0.5) * SLICE
        low, high = np.moveaxis(edges[(edges[:, 0, 1] <= height) & (edges[:, 1, 1] > height)], 1, 0)
        if len(low) < 3:
            continue
        section = low + ((height - low[:, 1]) / (high[:, 1] - low[:, 1]))[:, None] * (high - low)
        planes = ConvexHull(section[:, [0, 2]]).equations
        towards = normals[here] @ planes[:, :2].T
        gap = -(vertices[here][:, [0, 2]] @ planes[:, :2].T + planes[:, 2])
        way = np.where(towards > 1e-3, gap / np.maximum(towards, 1e-3), np.inf).min(axis=1)
        below[here] = np.clip(way, 0.0, None)
    return below

"""How cloth falls where the camera does not see it: not into every hollow of the body below.

On the side that is turned away the network keeps to the body's own shapes, buttocks and the hollow of the back. Cloth
over trunk and thighs is smoother than that, and so is the truth, on average.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..body.plain import Smoother, smoother
from ..render import MeshCaster, vertex_normals
from ..surface.silhouette import averaged, spread
from .body_maps import BodyShape
from .network import CENTIMETRE

Float = npt.NDArray[np.float32]
Faces = npt.NDArray[np.int32]

# Metres: shapes of the hidden side shorter than this are taken away.
SHORTEST = 0.25
WORN = ("torso", "thigh")
# Steps over the body's mesh over which that begins, and over which the surface is continued where it is not met.
FADE_STEPS, SPREAD_STEPS, REST = 12, 25, 1e-3
# Canonical: what is further from the body along the view is another part's.
FARTHEST = 6 * CENTIMETRE
# Cosines: from turned aside to turned away, and what has its place along the view.
ASIDE, AWAY, FACING = 0.1, 0.5, 0.3


def drape(vertices: Float, faces: Faces, shape: BodyShape) -> Float:
    """(V, 3) canonical vertices of a surface, its hidden side smoother; shape: the body in it.

    Everything moves along the view, so the picture stays as it is.
    """
    body, turned = shape.vertices, shape.normals[:, 2]
    gap = _along_view(MeshCaster(vertices, faces), body, turned)
    met = np.flatnonzero(np.abs(gap) < FARTHEST)
    worn = body.astype(np.float64)
    worn[:, 2] += spread(met, gap[met, None], SPREAD_STEPS, REST)[:, 0]
    hidden = np.clip((-turned - ASIDE) / (AWAY - ASIDE), 0.0, 1.0) * _worn()
    movement = hidden * (_smoother()(worn) - worn)[:, 2]
    facing = vertex_normals(vertices, faces)[:, 2]
    moved = vertices.copy()
    moved[:, 2] += shape.values_at(vertices, movement.astype(np.float32)) * np.clip(-facing / AWAY, 0.0, 1.0)
    return moved


def _along_view(surface: MeshCaster, body: Float, turned: Float) -> Float:
    """(V,) canonical way along z from the body's vertices, whose normals have the z `turned`, to the side of the
    surface that is turned as they are; inf where there is none."""
    gap = np.full(len(body), np.inf, np.float32)
    for side in (1.0, -1.0):
        chosen = np.flatnonzero(side * turned > FACING)
        start, into = body[chosen].copy(), np.tile(np.array([0.0, 0.0, -side], np.float32), (len(chosen), 1))
        start[:, 2] = 2.0 * side
        gap[chosen] = side * (2.0 - surface.distances(start, into)) - body[chosen, 2]
    return gap


@cache
def _smoother() -> Smoother:
    model = BodyModel.load()
    return smoother(model.mean_vertices.astype(np.float64), model.triangles, SHORTEST)


@cache
def _worn() -> Float:
    """(V,) 1 on trunk and thighs, fading to 0."""
    model = BodyModel.load()
    share = (model.of_parts(*WORN) & model.exterior).astype(np.float32)
    return np.clip(2.0 * averaged(share, FADE_STEPS) - 1.0, 0.0, 1.0).astype(np.float32)

"""Hair as thick as the network sees it, but evenly around a head.

One picture says little about what is beside and behind a head, and there the network likes plates, flaps and hoods. So
it is asked along the normals of the body's head where its surface is; the median of what is near by counts against it.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.ears import outer_ears
from ..body.model import BodyModel
from ..surface.silhouette import averaged
from .body_maps import BodyShape
from .field import OpenField
from .kept import FACE_SHARE, face
from .network import CENTIMETRE

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# How much even hair counts against the network where it may be, and from which share on it is looked for.
SHARE, LOOKED_FOR = 0.6, 0.02
# Centimetres: how thick hair is at most, and steps in which that is told; metres around a place whose median it has.
THICKEST, STEP, AROUND = 6.0, 0.5, 0.04
# Steps of averaging over neighbours: of thickness, around ears, over which hair begins at the face's edge, and down the
# neck.
EVEN_STEPS, EAR_STEPS, FACE_STEPS, NECK_STEPS = 12, 3, 12, 6
# Centimetres of hair whose place an ear takes, which stands off by itself.
OFF = 2.5


def put_on_hair(field: OpenField, shape: BodyShape) -> None:
    """From now on the field has even hair."""
    field.wear_hair(hair_thickness(field, shape), hair_share(), float(shape.vertices[_ear(), 1].mean()))


def hair_thickness(field: OpenField, shape: BodyShape) -> Float:
    """(V,) canonical, over each vertex of the body; none in the face, and less over ears."""
    rows, around = _scalp()
    depths = np.arange(0.0, THICKEST, STEP, dtype=np.float32)
    ways = shape.normals[rows][:, None] * (depths * CENTIMETRE)[:, None]
    points = (shape.vertices[rows][:, None] + ways).reshape(-1, 3)
    outside = field.occupancy(points).reshape(len(rows), -1) < 0.5
    first = np.where(outside.any(axis=1), depths[outside.argmax(axis=1)], THICKEST)
    told = np.zeros((len(shape.vertices), 2), np.float32)
    told[rows] = [(np.median(first[near]), 1.0) for near in around]
    total, count = averaged(told, EVEN_STEPS).T
    thickness = total / np.maximum(count, 1e-6)
    thickness[_ear()] -= OFF
    return CENTIMETRE * averaged(np.maximum(thickness, 0.0), EAR_STEPS) * _begins()


@cache
def hair_share() -> Float:
    """(V,) how much the body with even hair counts against the network near each vertex, 0-1; in the face it is the
    body itself."""
    share = SHARE + (FACE_SHARE - SHARE) * face()
    return averaged(share * BodyModel.load().of_parts("head"), NECK_STEPS)


@cache
def _begins() -> Float:
    """(V,) 0-1: 0 at the face's edge, where hair begins, and 1 some centimetres from it."""
    return np.clip(1.0 - 2.0 * averaged(face(), FACE_STEPS), 0.0, 1.0)


def _ear() -> npt.NDArray[np.bool_]:
    """(V,) which vertices are of ears."""
    return outer_ears().any(axis=0)


@cache
def _scalp() -> tuple[Indices, list[Indices]]:
    """The vertices where hair is looked for, ears left out, and of each of them which are near."""
    from scipy.spatial import KDTree

    model = BodyModel.load()
    rows = np.flatnonzero((hair_share() > LOOKED_FOR) & model.exterior & ~_ear())
    tree = KDTree(model.mean_vertices[rows])
    return rows, list(tree.query_ball_point(tree.data, AROUND))

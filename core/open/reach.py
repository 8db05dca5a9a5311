"""How far from the body the network is believed: as far as clothes stand off the body.

A picture says little about depth, and away from the body the network tends to sheets, plates and spikes. How thick
clothes are, outlines say, in this frame and in others; skirts, wider than any outline is followed, fill the mask
between the legs. Hair may go anywhere around the head, where the network is sure of it. Cloth spans the seat.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..spaces import CROP_HALF
from ..surface.sampling import crop_pixels, nearest_known
from ..surface.seat import crotch_height, seat
from .body_maps import BodyShape
from .network import CENTIMETRE

Float = npt.NDArray[np.float32]

# Canonical: how far the network is believed without clothes, by how much further with clothes so thick, and at most.
BARE, BY_THICKNESS, FARTHEST = 3 * CENTIMETRE, 1.5, 8 * CENTIMETRE
# Canonical: so far around a place of the mask beside a leg the leg is taken to wear what is there.
AROUND = 7 * CENTIMETRE
# Canonical: cloth is taken to span hollows that are deeper than about the first; elsewhere it may lie as deep as this.
SPANNED, DEEP = 0.3 * CENTIMETRE, 4 * CENTIMETRE
FREE, LEGS = ("head", "neck"), ("thigh", "shin")
# Metres above the crotch up to where the trunk wears what hangs around the legs.
HIPS = 0.12


@dataclass(frozen=True, eq=False)
class Reach:
    """Canonical distances (V,) from the vertices of the body model, plain (core.body.plain): within `least` all is
    filled, beyond `sure` the network has to be the surer the further away, beyond `farthest` it is hardly believed."""

    least: Float
    sure: Float
    farthest: Float


def reach(shape: BodyShape, mask: Float, thickness: Float) -> Reach:
    """mask: (S, S) of the crop, 0-1; thickness: (V,) canonical, of clothes and hair, negative where the body is too
    wide."""
    model = BodyModel.load()
    hollow = 100 * CENTIMETRE * seat()
    unsure = 1.0 - np.clip(hollow / SPANNED, 0.0, 1.0)
    least = hollow + np.minimum(thickness, 0.0) - DEEP * unsure
    worn = np.maximum(thickness, np.where(_skirted(), _beside_legs(shape, mask), 0.0))
    believed = np.clip(BARE + BY_THICKNESS * worn, BARE, FARTHEST)
    free = model.of_parts(*FREE)
    sure, farthest = np.where(free, BARE, believed), np.where(free, FARTHEST, believed)
    return Reach(least.astype(np.float32), sure.astype(np.float32), farthest.astype(np.float32))


def _beside_legs(shape: BodyShape, mask: Float) -> Float:
    """(V,) canonical: how far the mask goes beyond the nearest leg around each vertex, as the crop shows it."""
    import cv2

    size = len(mask)
    front, _ = shape.layers(size)
    if not front.seen.any():
        return np.zeros(len(shape.vertices), np.float32)
    rows, columns = nearest_known(front.seen)
    leg = _skirted()[shape.caster.faces[front.face, 0]]
    row, column = np.indices(front.seen.shape)
    away = np.hypot(rows - row, columns - column) * leg[rows, columns] * (mask > 0.5)
    unit = size / (2 * CROP_HALF)
    window = 2 * int(AROUND * unit) + 1
    wide = cv2.dilate(away.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window)))
    return (wide[crop_pixels(shape.vertices, size)] / unit).astype(np.float32)


@cache
def _skirted() -> npt.NDArray[np.bool_]:
    """(V,) the legs, and the trunk around the crotch."""
    model = BodyModel.load()
    below = model.mean_vertices[:, 1] < crotch_height(model.mean_vertices) + HIPS
    return model.of_parts(*LEGS) | (model.of_parts("torso") & below)

"""How far from the body the network is believed: as far as clothes stand off the body.

A picture says little about depth, and away from the body the network tends to sheets, plates and spikes. How thick
clothes are, outlines say, in this frame and in others; skirts, wider than any outline is followed, fill the mask
between the legs. Hair may go anywhere around the head.
"""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..spaces import CROP_HALF
from ..surface.sampling import crop_pixels, nearest_known
from .body_maps import BodyShape
from .network import CENTIMETRE

Float = npt.NDArray[np.float32]

# Canonical: how far the network is believed without clothes, by how much further with clothes so thick, and at most.
BARE, BY_THICKNESS, FARTHEST = 3 * CENTIMETRE, 1.5, 8 * CENTIMETRE
# Canonical: so far around a place of the mask beside a leg the leg is taken to wear what is there.
AROUND = 7 * CENTIMETRE
FREE, LEGS = ("head", "neck"), ("thigh", "shin")


def reach(shape: BodyShape, mask: Float, thickness: Float) -> Float:
    """(V,) canonical distances from the body model's vertices. mask: (S, S) of the crop, 0-1; thickness: (V,)
    canonical, of clothes and hair."""
    model = BodyModel.load()
    worn = np.maximum(thickness, np.where(model.of_parts(*LEGS), _beside_legs(shape, mask), 0.0))
    believed = np.clip(BARE + BY_THICKNESS * worn, BARE, FARTHEST)
    return np.where(model.of_parts(*FREE), FARTHEST, believed).astype(np.float32)


def _beside_legs(shape: BodyShape, mask: Float) -> Float:
    """(V,) canonical: how far the mask goes beyond the nearest leg around each vertex, as the crop shows it."""
    import cv2

    model, size = BodyModel.load(), len(mask)
    front, _ = shape.layers(size)
    if not front.seen.any():
        return np.zeros(len(shape.vertices), np.float32)
    rows, columns = nearest_known(front.seen)
    leg = model.of_parts(*LEGS)[shape.caster.faces[front.face, 0]]
    row, column = np.indices(front.seen.shape)
    away = np.hypot(rows - row, columns - column) * leg[rows, columns] * (mask > 0.5)
    unit = size / (2 * CROP_HALF)
    window = 2 * int(AROUND * unit) + 1
    wide = cv2.dilate(away.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window)))
    return (wide[crop_pixels(shape.vertices, size)] / unit).astype(np.float32)

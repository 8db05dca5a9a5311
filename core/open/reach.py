"""How far from the body the network is believed: as far as clothes stand off the body.

A picture says little about depth, and away from the body the network tends to sheets, plates and spikes. How thick
clothes are, outlines say, in this frame and in others; skirts, wider than any outline is followed, fill the mask
between the legs. Hair may go anywhere around the head.
"""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..spaces import CROP_HALF
from ..surface.sampling import nearest_known
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
    worn = np.maximum(thickness, np.where(_of(model, LEGS), _beside_legs(shape, mask), 0.0))
    believed = np.clip(BARE + BY_THICKNESS * worn, BARE, FARTHEST)
    return np.where(_of(model, FREE), FARTHEST, believed).astype(np.float32)


def _of(model: BodyModel, parts: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    return np.isin(model.parts, [model.part_names.index(name) for name in parts])


def _beside_legs(shape: BodyShape, mask: Float) -> Float:
    """(V,) canonical: how far the mask goes beyond the nearest leg around each vertex, as the crop shows it."""
    import cv2

    model, size = BodyModel.load(), len(mask)
    front, _ = shape.layers(size)
    if not front.seen.any():
        return np.zeros(len(shape.vertices), np.float32)
    rows, columns = nearest_known(front.seen)
    leg = _of(model, LEGS)[shape.caster.faces[front.face, 0]]
    row, column = np.indices(front.seen.shape)
    away = np.hypot(rows - row, columns - column) * leg[rows, columns] * (mask > 0.5)
    unit = size / (2 * CROP_HALF)
    window = 2 * int(AROUND * unit) + 1
    wide = cv2.dilate(away.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window)))
    places = ((shape.vertices[:, :2] * [1.0, -1.0] / CROP_HALF + 1.0) * size / 2).astype(int)
    x, y = np.clip(places, 0, size - 1).T
    return (wide[y, x] / unit).astype(np.float32)

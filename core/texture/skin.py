"""Which parts of the body are bare, by their colours."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..face.body_face import face_share
from ..surface.silhouette import neighbour_average
from .head import skin_colour
from .regions import apart_in_light

Float = npt.NDArray[np.float32]

# Colours (0-255) that are this near to those of hands and face, in some light, are skin.
SKIN = 30.0


def bare_skin(colours: Float) -> Float:
    """(V,) 0-1 which of the body's vertices are face or hand, or have the colours of either, (V, 3) 0-255."""
    model = BodyModel.load()
    hand, face = model.of_parts("hand"), face_share() > 0
    skin = hand | face
    for part in (hand, face):
        colour = skin_colour(colours[part])
        if colour is not None:
            skin |= apart_in_light(colours, colour) < SKIN
    return np.where(skin, 1.0, neighbour_average() @ skin.astype(np.float32)).astype(np.float32)

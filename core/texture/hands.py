"""Hands that hang before trousers: they are small and move, so most of what frames show where they are is cloth."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..face.body_face import face_share
from .head import skin_colour
from .regions import apart_in_light

# Colours (0-255) nearer to a cloth's than this, in some light, are the cloth's.
CLOTH = 30.0
# From this share of what is known of hands on, their own skin counts; else that of forearms, face or neck.
OWN = 0.4
# Before these parts hands hang.
CLOTHED = ("torso", "thigh")

Colours = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.bool_]


def with_bare_hands(colours: Colours, known: Chosen) -> Colours:
    """The body's colours (V, 3) 0-255, of which those of vertices `known` (V,) count, with hands in the colour of skin
    where they have that of shirt or trousers. Gloves stay that are like neither, and all hands where nothing tells the
    skin."""
    hand = BodyModel.load().of_parts("hand")
    skin = _skin(colours, known, hand)
    if skin is None:
        return colours
    away = apart_in_light(colours, skin)
    result = colours.copy()
    for part in CLOTHED:
        cloth = colours[known & BodyModel.load().of_parts(part)]
        if len(cloth) == 0:
            continue
        near = apart_in_light(colours, np.median(cloth, axis=0))
        result[hand & (near < CLOTH) & (near < away)] = skin
    return result


def _skin(colours: Colours, known: Chosen, hand: Chosen) -> Colours | None:
    """(3,) the colour of the hands' skin; None where nothing tells."""
    own = colours[hand & known]
    skin = skin_colour(own)
    if skin is not None and (apart_in_light(own, skin) < CLOTH).mean() > OWN:
        return skin
    # Not the head as a whole: from behind it is hair.
    for part in (BodyModel.load().of_parts("forearm"), face_share() > 0.5, BodyModel.load().of_parts("neck")):
        other = colours[known & part]
        found = skin_colour(other)
        if found is not None and (apart_in_light(other, found) < CLOTH).mean() > OWN:
            return found
    return skin

"""A face that no frame shows: eyes, brows and lips as faces have them on average, in the person's own skin."""

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from .head import bare_skin

# Made by core/training/face_shades.py.
SHADES = Path(__file__).with_name("face_shades.npz")

Colours = npt.NDArray[np.float32]


def with_features(hidden: Colours, colours: Colours, known: npt.NDArray[np.bool_]) -> Colours:
    """`hidden`, colours (V, 3) 0-255 whose face is as bare as head.with_face makes it, with eyes, brows and lips where
    it is not `known` (V,). Arguments as of with_face; a face that is seen, or whose skin nothing tells, stays."""
    if bare_skin(colours, known) is None:
        return hidden
    return np.where(known[:, None], hidden, hidden * face_shades()).astype(np.float32)


@cache
def face_shades() -> Colours:
    """(V, 3) colours of a face in shares of its skin's: 1 where it is bare, and on the rest of the body."""
    shades = np.ones((len(BodyModel.load().parts), 3), np.float32)
    with np.load(SHADES, allow_pickle=False) as values:
        shades[values["vertices"]] = values["shades"].astype(np.float32)
    return shades

"""Finds things that hide a part of the person though the mask leaves them out: it has a bite, the person has not."""

import numpy as np
import numpy.typing as npt

from ..render.hits import Hits, silhouette
from .find import LARGER
from .palette import Palette
from .thing import Thing, compact, disc, widened

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# So many pixels of the body it hides at least, without what is so thin that the body may be off.
LEAST, OFF = 40, 5
# It is mostly outside the mask.
OUTSIDE = 0.5


def find_bite(picture: npt.NDArray[np.uint8], mask: Mask, body: Hits, palette: Palette) -> Thing | None:
    """What lies before the body in a crop and is not in its mask.

    As find_thing. What is much larger than the clip's largest thing is none: a wall is.
    """
    import cv2

    solid = compact(palette.like(picture))
    covered = silhouette(body)
    hiding = cv2.morphologyEx((covered & ~mask).astype(np.uint8), cv2.MORPH_OPEN, disc(OFF)) > 0
    count, components = cv2.connectedComponents(solid.astype(np.uint8))
    label = np.asarray(components, np.int32)
    area = np.bincount(label.ravel(), minlength=count)
    outside = np.bincount(label.ravel(), ~mask.ravel(), count)
    hidden = np.bincount(label.ravel(), hiding.ravel(), count)
    chosen = (area <= LARGER * palette.largest) & (outside > OUTSIDE * area) & (hidden >= LEAST)
    chosen[0] = False
    if not chosen.any():
        return None
    # A shoe of the ball's colour that the ball touches is in the mask, and stays.
    seen = widened(chosen[label] & ~mask)
    return Thing(seen, seen & covered)

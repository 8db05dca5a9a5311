"""Finds things that hide a part of the person though the mask leaves them out: it has a bite, the person has not."""

import numpy as np
import numpy.typing as npt

from ..render.hits import Hits, silhouette
from .find import LIKE, Thing, compact, disc, palette_distance, widened

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# So many pixels of the body it hides at least, without what is so thin that the body may be off.
LEAST, OFF = 40, 5
# It is mostly outside the mask, and not much larger than the largest thing that is certain: a wall is.
OUTSIDE, LARGER = 0.5, 2.0


def find_bite(picture: npt.NDArray[np.uint8], mask: Mask, body: Hits, palette: Float, largest: float) -> Thing | None:
    """What lies before the body in a crop and is not in its mask.

    As find_thing; largest: pixels of the largest thing that is certain in the clip.
    """
    import cv2

    solid = compact(palette_distance(picture, palette) < LIKE)
    covered = silhouette(body)
    hiding = cv2.morphologyEx((covered & ~mask).astype(np.uint8), cv2.MORPH_OPEN, disc(OFF)) > 0
    count, components = cv2.connectedComponents(solid.astype(np.uint8))
    label = np.asarray(components, np.int32)
    area = np.bincount(label.ravel(), minlength=count)
    outside = np.bincount(label.ravel(), ~mask.ravel(), count)
    hidden = np.bincount(label.ravel(), hiding.ravel(), count)
    chosen = (area <= LARGER * largest) & (outside > OUTSIDE * area) & (hidden >= LEAST)
    chosen[0] = False
    if not chosen.any():
        return None
    # A shoe of the ball's colour that the ball touches is in the mask, and stays.
    seen = widened(chosen[label] & ~mask)
    return Thing(seen, seen & covered)

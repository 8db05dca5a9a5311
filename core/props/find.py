"""Finds things that a mask takes for the person: coloured unlike what the clip knows of the body there, and compact."""

import numpy as np
import numpy.typing as npt

from ..render.hits import Hits, silhouette
from .expected import Expected
from .palette import Palette
from .round import find_balls
from .thing import Thing, closed, compact, disc, widened

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# How far colours differ (CIELAB) that are not the person's.
DIFFERENT = 18.0
# So many pixels off, a colour is no surprise either where the clip has things of that colour: more would let a watch
# explain a ball. There is MORE of those colours around a thing, within so many pixels, than the body has there.
NEAR, MORE, AROUND = 2, 3.0, 33
# A part of the person of such colours is at least this much thinner (pixels) than a thing, which is about as thick as
# the largest is and mostly beside the body.
THICKER, AS_THICK, BESIDE = 3.0, 0.6, 0.5
# A thing of which such a share is found, and that would not be much larger than the largest, is found whole.
FOUND, LARGER = 0.25, 2.0
# Of the body's surface, pixels as far as this from what the clip knows are not judged.
UNKNOWN = 2.0
# What covers more of the person than this is another light, or a body that is off.
MOST = 0.25


def find_thing(
    picture: npt.NDArray[np.uint8],
    mask: Mask,
    body: Hits,
    memory: Float,
    skin: Float | None = None,
    palette: Palette | None = None,
) -> Thing | None:
    """What the mask has in a crop that is not the person.

    picture: (SIZE, SIZE, 3) uint8 RGB; mask: (SIZE, SIZE) bool, where the picture shows the person; body: the dressed
    body in the crop; memory: (V, 4) colours 0-255 of its vertices, and how far the clip knows them, 0-1; skin: (3,) the
    colour of the hands, which are fast, and may be anywhere; palette: what the things of this clip look like.
    """
    from scipy.ndimage import distance_transform_edt

    covered, expected = silhouette(body), Expected.of(body, memory, skin)
    if not expected.known.any():
        return None
    away = np.asarray(distance_transform_edt(~expected.known))
    judged = mask & ~(covered & (away > UNKNOWN))
    strange = judged & (expected.surprise(picture, mask) > DIFFERENT)
    if palette is None or not len(palette.colours):
        found = compact(strange)
    else:
        like, wanted = palette.like(picture), palette.like(expected.colours) & expected.known
        shown = like & mask
        more = judged & _more(shown, wanted)
        strange |= more & (expected.surprise(picture, mask, NEAR) > DIFFERENT)
        thick = _thicker(shown, wanted, palette.largest)
        found = _whole(compact(strange), shown, palette.largest)
        if (thick & ~covered).sum() > BESIDE * thick.sum():
            found |= thick
        if palette.radius is not None:
            found |= find_balls(picture, like, wanted, mask, palette.radius)
    seen = widened(found) & mask
    if not seen.any() or seen.sum() > MOST * mask.sum():
        return None
    return Thing(seen, seen & covered)


def _more(shown: Mask, wanted: Mask) -> Mask:
    """(SIZE, SIZE) where the picture has a colour of the palette, and more of it around than the body would have."""
    import cv2

    def amount(where: Mask) -> Float:
        return np.asarray(cv2.blur(where.astype(np.float32), (AROUND, AROUND)), np.float32)

    return shown & (amount(shown) > MORE * amount(wanted))


def _thicker(shown: Mask, wanted: Mask, largest: int) -> Mask:
    """(SIZE, SIZE) where something of the palette's colours is as thick as a thing, and thicker than any part near by
    that the body would have of them: a ball at a white shoe."""
    import cv2

    def thickness(where: Mask) -> Float:
        return np.asarray(cv2.distanceTransform(where.astype(np.uint8), cv2.DIST_L2, 5), np.float32)

    depth, near = thickness(closed(shown)), cv2.dilate(thickness(wanted), np.ones((AROUND, AROUND), np.uint8))
    inner = (depth > near + THICKER) & (depth > AS_THICK * np.sqrt(largest / np.pi))
    if not inner.any():
        return inner
    return np.asarray(cv2.dilate(inner.astype(np.uint8), disc(2 * int(depth[inner].min()) + 1))) > 0


def _whole(found: Mask, shown: Mask, largest: int) -> Mask:
    """(SIZE, SIZE) what is found, and all of the things of the palette's colours that it is a part of."""
    import cv2

    count, components = cv2.connectedComponents(compact(shown).astype(np.uint8))
    label = np.asarray(components, np.int32)
    area, part = np.bincount(label.ravel(), minlength=count), np.bincount(label.ravel(), found.ravel(), count)
    grown = (area <= LARGER * largest) & (part > FOUND * area)
    grown[0] = False
    return found | grown[label]

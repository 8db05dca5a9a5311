"""A thing in a frame's crop, and what shapes things have."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

# Pixels along one side of the crop: about 1 cm on a standing person.
SIZE = 256
# Gaps in a thing that are closed, and what is too thin to be one: folds, shadows, borders of clothes.
GAPS, THIN = 7, 9
# Its soft edge.
WIDER = 2


@dataclass(frozen=True)
class Thing:
    """seen: (SIZE, SIZE) bool, where the crop shows a thing; hidden: (SIZE, SIZE) bool, the part of it behind which the
    person goes on, and limbs that the mask cuts off."""

    seen: Mask
    hidden: Mask


def joined(thing: Thing | None, other: Thing | None) -> Thing | None:
    """Both as one."""
    if thing is None or other is None:
        return other if thing is None else thing
    return Thing(thing.seen | other.seen, thing.hidden | other.hidden)


def compact(pixels: Mask) -> Mask:
    """What of the pixels is thick enough for a thing, gaps closed."""
    import cv2

    return np.asarray(cv2.morphologyEx(closed(pixels).astype(np.uint8), cv2.MORPH_OPEN, disc(THIN))) > 0


def closed(pixels: Mask) -> Mask:
    """The pixels, and gaps between them."""
    import cv2

    return np.asarray(cv2.morphologyEx(pixels.astype(np.uint8), cv2.MORPH_CLOSE, disc(GAPS))) > 0


def widened(pixels: Mask) -> Mask:
    """A thing with its soft edge."""
    import cv2

    return np.asarray(cv2.dilate(pixels.astype(np.uint8), disc(2 * WIDER + 1))) > 0


def disc(size: int) -> npt.NDArray[np.uint8]:
    """(size, size) of 0 and 1, for morphology."""
    import cv2

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def around(pixels: Mask, margin: int) -> tuple[slice, slice]:
    """Rows and columns of the smallest window with all of the pixels, of which there are some, and a margin."""
    rows, columns = (np.flatnonzero(pixels.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )

"""Finds things that a mask takes for the person: coloured unlike what the clip knows of the body there, and compact."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render.hits import Hits, silhouette
from ..surface.sampling import nearest_known

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Pixels along one side of the crop: about 1 cm on a standing person.
SIZE = 256
# How far colours differ (CIELAB) that are not the person's; lightness counts for less: light and shadow change it.
DIFFERENT, LIGHTNESS = 18.0, 0.7
# The body is fitted to about so many pixels: a colour that it has within them is no surprise.
REACH, STEP = 6, 3
# So many pixels off, a colour is no surprise either where the clip has things of that colour: more would let a watch
# explain a ball. Colours of things are as like as LIKE (CIELAB), and there is MORE of them around a thing, within so
# many pixels, than the body has there.
NEAR, LIKE, MORE, AROUND = 2, 12.0, 3.0, 33
# A palette: how wide its colours are (CIELAB); the share of things that a colour has at least, and in how many frames.
SHADE, SHARE, FRAMES = 12.0, 0.03, 3
# Of the body's surface, pixels as far as this from what the clip knows are not judged.
UNKNOWN = 2.0
# Gaps in a thing that are closed, and what is too thin to be one: folds, shadows, borders of clothes.
GAPS, THIN = 7, 9
# Its soft edge.
WIDER = 2
# What covers more of the person than this is another light, or a body that is off.
MOST = 0.25
KNOWN = 0.6


@dataclass(frozen=True)
class Thing:
    """seen: (SIZE, SIZE) bool, where the crop shows a thing; hidden: (SIZE, SIZE) bool, the part of it behind which the
    person goes on."""

    seen: Mask
    hidden: Mask

    def joined(self, other: "Thing | None") -> "Thing":
        """Both as one."""
        return self if other is None else Thing(self.seen | other.seen, self.hidden | other.hidden)


def find_thing(
    picture: npt.NDArray[np.uint8],
    mask: Mask,
    body: Hits,
    memory: Float,
    skin: Float | None = None,
    palette: Float | None = None,
) -> Thing | None:
    """What the mask has in a crop that is not the person.

    picture: (SIZE, SIZE, 3) uint8 RGB; mask: (SIZE, SIZE) bool, where the picture shows the person; body: the dressed
    body in the crop; memory: (V, 4) colours 0-255 of its vertices, and how far the clip knows them, 0-1; skin: (3,) the
    colour of the hands, which are fast, and may be anywhere; palette: (P, 3) colours that things of this clip have
    (`palette_of`).
    """
    from scipy.ndimage import distance_transform_edt

    covered = silhouette(body)
    expected = np.zeros((SIZE, SIZE, 4), np.float32)
    expected[covered] = body.interpolate(memory)
    known = covered & (expected[..., 3] > KNOWN)
    if not known.any():
        return None
    away = np.asarray(distance_transform_edt(~known))
    judged = mask & ~(covered & (away > UNKNOWN))
    spread = expected[nearest_known(known)][:, :, :3]
    strange = judged & (_surprise(picture, spread, known & mask, skin) > DIFFERENT)
    if palette is not None and len(palette):
        more = judged & _more_of(palette, picture, mask, spread, known)
        strange |= more & (_surprise(picture, spread, known & mask, skin, NEAR) > DIFFERENT)
    seen = widened(compact(strange)) & mask
    if not seen.any() or seen.sum() > MOST * mask.sum():
        return None
    return Thing(seen, seen & covered)


def palette_of(pictures: list[npt.NDArray[np.uint8]], things: list[Thing]) -> Float:
    """(P, 3) CIELAB with lightness shortened: the colours that the things are made of in several frames.

    pictures: (SIZE, SIZE, 3) uint8 RGB, the crops that the things were found in.
    """
    import cv2

    inner = [cv2.erode(thing.seen.astype(np.uint8), disc(2 * WIDER + 3)) > 0 for thing in things]
    colours = [_lab(picture.astype(np.float32))[seen] for picture, seen in zip(pictures, inner, strict=True)]
    found = np.concatenate([np.zeros((0, 3), np.float32), *colours])
    frame = np.repeat(np.arange(len(colours)), [len(part) for part in colours])
    _, shade, count = np.unique(np.round(found / SHADE), axis=0, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(shade.ravel(), found[:, channel], len(count)) for channel in range(3)], axis=1)
    frames = np.bincount(np.unique(np.stack([shade.ravel(), frame]), axis=1)[0], minlength=len(count))
    common = (count >= SHARE * len(found)) & (frames >= FRAMES)
    return (sums / np.maximum(count, 1)[:, None])[common].astype(np.float32)


def _more_of(palette: Float, picture: npt.NDArray[np.uint8], mask: Mask, expected: Float, known: Mask) -> Mask:
    """(SIZE, SIZE) where the picture has a colour of the palette, and more of it around than the body would have."""
    import cv2

    def like(colours: Float, where: Mask) -> Mask:
        return (palette_distance(colours, palette) < LIKE) & where

    def amount(where: Mask) -> Float:
        return np.asarray(cv2.blur(where.astype(np.float32), (AROUND, AROUND)), np.float32)

    shown = like(picture.astype(np.float32), mask)
    return shown & (amount(shown) > MORE * amount(like(expected, known)))


def palette_distance(colours: npt.NDArray[np.generic], palette: Float) -> Float:
    """(H, W) how far colours (H, W, 3) 0-255 are from the palette's nearest (P, 3); inf where it has none."""
    shown = _lab(colours.astype(np.float32))
    nearest = np.full(shown.shape[:2], np.inf, np.float32)
    for colour in palette:
        nearest = np.minimum(nearest, np.linalg.norm(shown - colour, axis=2))
    return nearest


def _surprise(
    picture: npt.NDArray[np.uint8], expected: Float, compared: Mask, skin: Float | None, reach: int = REACH
) -> Float:
    """(SIZE, SIZE) how far each colour of the picture is from any that is expected near it, (SIZE, SIZE, 3) 0-255, and
    from the skin's, in the same light, which is told where the two are `compared`."""
    light = 1.0
    if compared.any():
        light = float(np.median(picture[compared].sum(axis=1) / np.maximum(expected[compared].sum(axis=1), 1.0)))
    shown, wanted = _lab(picture.astype(np.float32)), _lab(np.clip(expected * np.float32(light), 0, 255))
    least = np.full(shown.shape[:2], np.inf, np.float32)
    if skin is not None:
        bare = _lab(np.clip(skin * np.float32(light), 0, 255).astype(np.float32)[None, None])
        least = np.linalg.norm(shown - bare, axis=2)
    for down in range(-reach, reach + 1, min(STEP, reach)):
        for right in range(-reach, reach + 1, min(STEP, reach)):
            moved = np.roll(wanted, (down, right), (0, 1))
            least = np.minimum(least, np.linalg.norm(shown - moved, axis=2))
    return least


def _lab(colours: Float) -> Float:
    import cv2

    return np.asarray(cv2.cvtColor(colours / np.float32(255), cv2.COLOR_RGB2LAB), np.float32) * [LIGHTNESS, 1.0, 1.0]


def compact(pixels: Mask) -> Mask:
    """What of the pixels is thick enough for a thing, gaps closed."""
    import cv2

    closed = cv2.morphologyEx(pixels.astype(np.uint8), cv2.MORPH_CLOSE, disc(GAPS))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, disc(THIN))) > 0


def widened(pixels: Mask) -> Mask:
    """A thing with its soft edge."""
    import cv2

    return np.asarray(cv2.dilate(pixels.astype(np.uint8), disc(2 * WIDER + 1))) > 0


def disc(size: int) -> npt.NDArray[np.uint8]:
    """(size, size) of 0 and 1, for morphology."""
    import cv2

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)

"""What is behind the person, as a camera that does not travel shows it in other frames; and what that says of a mask.

A network that cuts out people takes bags and frames beside them along, and loses fast hands. Where other frames show
the place without the person, its own colours tell (background subtraction; shadows as in Horprasert et al., 1999).
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .canvas import Canvas, Turn
from .landmarker import LONGEST_SIDE, reduce_picture
from .masks import BONES, body_size, disc, draw_skeleton, resized

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Landmarks = npt.NDArray[np.floating]

# Frames that are looked at, and how many must show a place without the person.
FRAMES, LEAST = 30, 3
# Of the network's probability: the person is nowhere below the first, surely there above the second.
NOWHERE, SURELY = 0.03, 0.95
# Of the person's size: so far beside mask and bones the person may be, and so far inside the mask surely is; limbs are
# no thicker than the last.
BESIDE, INSIDE, LIMB = 0.04, 0.01, 0.05
# Colours (0-255): how noisy a place is before it was seen often, and how many sightings that counts as. A picture that
# moves differs by more than the last from its own median.
NOISE, NOISE_COUNT, UNSTEADY = 5.0, 4.0, 15.0
# How much lighter or darker than usual a frame can be, which shows in every fourth pixel.
EXPOSURE, SPARSE = (0.8, 1.25), 4
# How likely a place without the person shows its own colour, the same in a shadow, or something that passes.
OWN, SHADED, PASSING = 0.85, 0.1, 0.05
# The darkest shadow; the density of a colour that can be any.
SHADOW, ANY = 0.3, 256.0**-3
# Bins of a colour channel; the share of the person's colours that can be any, and of those that other parts have.
BINS, ODD, ELSEWHERE = 16, 0.1, 0.05
# By the nearest of these bones the person's colours are told apart: head, trunk and arms, legs.
PARTS = (
    [(0, 7), (0, 8), (7, 8)],
    [(a, b) for a, b in BONES if 11 <= min(a, b) < 23],
    [(a, b) for a, b in BONES if min(a, b) >= 23],
)
# Logarithms of odds: their limits; the share that counts against the network's, since neighbours err alike; and from
# where on the background is so clear that this share of the rest counts as well.
LIMITS, BELIEF, CLEAR, CLEAR_BELIEF = (-6.0, 4.0), 0.4, -4.0, 1.5
# Of the network's own probability, which is never as sure as it says.
SUREST = 0.99

Window = tuple[slice, slice]
WHOLE: Window = slice(None), slice(None)


class Sight(NamedTuple):
    """A frame: picture (H, W, 3) uint8 RGB, the network's probability (h, w) of the person, at any size, landmarks
    (33, 2) in the picture's pixels, and where the camera turned the rotation (3, 3) from its axes to the first frame's,
    for a focal length of the picture's longer side."""

    picture: Bytes
    mask: Floats
    landmarks: Landmarks
    turn: Turn | None = None

    def reduced(self) -> "Sight":
        """The same no larger than the network sees it, all at one size."""
        picture = reduce_picture(self.picture, LONGEST_SIDE)
        height, width = picture.shape[:2]
        scale = np.array([width / self.picture.shape[1], height / self.picture.shape[0]])
        return Sight(picture, resized(self.mask, (height, width)), self.landmarks * scale, self.turn)


class Background:
    """behind (h, w, 5) float32: of every place without the person the colour, 0-255, how far it varies, and 1 where
    frames show it; person (3, BINS, BINS, BINS): densities of the person's colours, by PARTS; canvas: where frames of a
    camera that turns have those places."""

    def __init__(self, behind: Floats, person: Floats, canvas: Canvas | None) -> None:
        self._behind, self._person, self._canvas = behind, person, canvas

    @classmethod
    def of(cls, sights: Iterable[Sight]) -> "Background | None":
        """From frames spread over the clip; None where they are too few, or do not agree."""
        pictures, free, turns, counts = [], [], [], np.zeros((len(PARTS), BINS, BINS, BINS), np.float32)
        for picture, mask, landmarks, turn in (sight.reduced() for sight in sights):
            pictures.append(picture)
            free.append(~_perhaps(mask, landmarks))
            turns.append(turn)
            surely = _surely(mask, landmarks)
            np.add.at(counts, (_parts(mask.shape, landmarks)[surely], *_bins(picture[surely])), 1.0)
        if len(pictures) < LEAST or not counts.any():
            return None
        canvas = Canvas.of(pictures[0].shape, [turn for turn in turns if turn is not None])
        if canvas is not None:
            pictures = [canvas.spread(picture, turn) for picture, turn in zip(pictures, turns, strict=True)]
            free = [canvas.spread(one.astype(np.uint8), turn) > 0 for one, turn in zip(free, turns, strict=True)]
        count = np.sum(free, axis=0)
        pictures, free = np.stack(pictures), np.stack(free)
        colours = _medians(pictures, free)
        apart = np.abs(pictures - colours.astype(np.int16)).max(axis=3, keepdims=True).astype(np.uint8)
        spread = 1.4826 * _medians(apart, free)[..., 0].astype(np.float32)
        known = count >= LEAST
        if not known.any() or np.median(spread[known]) > UNSTEADY:
            return None
        spread = np.sqrt((count * spread**2 + NOISE_COUNT * NOISE**2) / (count + NOISE_COUNT))
        return cls(np.dstack([colours, spread, known]).astype(np.float32), _densities(counts), canvas)

    def corrected(self, sight: Sight) -> Floats:
        """(h, w) the frame's probability of the person with what the background says. Only limbs are added: what passes
        is no background either."""
        import cv2

        reduced = sight.reduced()
        bones = draw_skeleton(reduced.mask.shape, reduced.landmarks, np.ones(len(reduced.landmarks)), 1)
        limbs = cv2.dilate(bones, disc(LIMB * body_size(reduced.landmarks))) > 0
        shown = (reduced.mask > NOWHERE) | limbs
        if not shown.any():
            return sight.mask
        window = _window(shown)
        found = self.evidence(reduced, window)
        evidence = np.zeros(reduced.mask.shape, np.float32)
        evidence[window] = np.where(limbs[window], found, np.minimum(found, 0.0))
        evidence = resized(evidence, sight.mask.shape)
        odds = np.clip(sight.mask, 1.0 - SUREST, SUREST)
        odds = np.log(odds / (1.0 - odds)) + BELIEF * evidence + CLEAR_BELIEF * np.minimum(evidence - CLEAR, 0.0)
        return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)

    def evidence(self, sight: Sight, window: Window = WHOLE) -> Floats:
        """(h, w) in a window of a frame that is reduced: the logarithm of how much more likely its colours are the
        person's than the background's."""
        import cv2

        here = self._behind if self._canvas is None else self._canvas.seen(self._behind, sight.turn)
        values = sight.picture[window].astype(np.float32)
        known = here[..., 4] > SURELY
        behind = here[window][..., :3] * _exposure(here[..., :3], known, sight)
        variance = here[window][..., 3] ** 2 + (1.0 - known[window])
        own = np.exp(-0.5 * ((values - behind) ** 2).sum(axis=2) / variance) / (2.0 * np.pi * variance) ** 1.5
        # Colours in a shadow lie on the line from the background's to black.
        length = np.maximum(np.linalg.norm(behind, axis=2), 1.0)
        light = (values * behind).sum(axis=2) / length**2
        beside = ((values - light[..., None] * behind) ** 2).sum(axis=2)
        shaded = np.exp(-0.5 * beside / variance) / (2.0 * np.pi * variance) / ((1.0 - SHADOW) * length)
        shaded = np.where((light > SHADOW) & (light < 1.0), shaded, 0.0)
        person = self._person[(_parts(sight.mask.shape, sight.landmarks)[window], *_bins(sight.picture[window]))]
        ratio = np.log(person) - np.log(OWN * own + SHADED * shaded + PASSING * ANY)
        ratio = np.where(known[window], np.clip(ratio, *LIMITS), 0.0).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(ratio, (0, 0), 1.2), np.float32)


def _exposure(behind: Floats, known: npt.NDArray[np.bool_], sight: Sight) -> Floats:
    """(3,) how much brighter a frame has the background (h, w, 3) than usual."""
    free = (known & ~_perhaps(sight.mask, sight.landmarks))[::SPARSE, ::SPARSE]
    if not free.any():
        return np.ones(3, np.float32)
    here, usual = (picture[::SPARSE, ::SPARSE][free] + 1.0 for picture in (sight.picture, behind))
    return np.clip(np.median(here / usual, axis=0), *EXPOSURE).astype(np.float32)


def _window(shown: npt.NDArray[np.bool_]) -> Window:
    """The smallest that holds all that is shown, (h, w)."""
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _perhaps(mask: Floats, landmarks: Landmarks) -> npt.NDArray[np.bool_]:
    """(h, w) where the person may be, the network's errors included."""
    import cv2

    bones = draw_skeleton(mask.shape, landmarks, np.ones(len(landmarks)), 1) > 0
    near = ((mask > NOWHERE) | bones).astype(np.uint8)
    return cv2.dilate(near, disc(BESIDE * body_size(landmarks))) > 0


def _surely(mask: Floats, landmarks: Landmarks) -> npt.NDArray[np.bool_]:
    import cv2

    return cv2.erode((mask > SURELY).astype(np.uint8), disc(INSIDE * body_size(landmarks))) > 0


def _parts(shape: tuple[int, ...], landmarks: Landmarks) -> npt.NDArray[np.intp]:
    """(h, w) which of PARTS has the nearest bone."""
    import cv2

    points = np.clip(np.round(landmarks), -10_000, 10_000).astype(int)
    away = []
    for bones in PARTS:
        drawing = np.ones(shape[:2], np.uint8)
        for a, b in bones:
            cv2.line(drawing, tuple(map(int, points[a])), tuple(map(int, points[b])), (0,), 1)
        away.append(cv2.distanceTransform(drawing, cv2.DIST_L2, 3))
    return np.argmin(away, axis=0)


def _bins(colours: Bytes) -> tuple[Bytes, Bytes, Bytes]:
    red, green, blue = np.moveaxis(colours // (256 // BINS), -1, 0)
    return red, green, blue


def _densities(counts: Floats) -> Floats:
    """Of colours (3, BINS, BINS, BINS) by part, from how often they were seen."""
    from scipy.ndimage import gaussian_filter

    smooth = np.stack([gaussian_filter(one, 0.7) for one in counts])
    all_parts = smooth.sum(axis=0) / smooth.sum()
    each = smooth / np.maximum(smooth.sum(axis=(1, 2, 3), keepdims=True), 1.0)
    shares = (1.0 - ELSEWHERE) * each + ELSEWHERE * all_parts
    return ((1.0 - ODD) * shares * (BINS / 256) ** 3 + ODD * ANY).astype(np.float32)


def _medians(stack: Bytes, chosen: npt.NDArray[np.bool_]) -> Bytes:
    """(h, w, c) medians over the first axis of (N, h, w, c) where (N, h, w) are chosen; 255 where none is."""
    result = np.empty(stack.shape[1:], np.uint8)
    for first in range(0, stack.shape[1], 64):
        rows = slice(first, first + 64)
        ordered = np.sort(np.where(chosen[:, rows, :, None], stack[:, rows], 255), axis=0)
        middle = np.maximum(chosen[:, rows].sum(axis=0) - 1, 0) // 2
        result[rows] = np.take_along_axis(ordered, middle[None, ..., None], axis=0)[0]
    return result

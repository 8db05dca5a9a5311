"""The colours of a clip's things: what is certain in some frames tells what to look for in the others."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .round import common_radius
from .thing import WIDER, Thing, disc

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Lightness counts for less than hue: light and shadow change it.
LIGHTNESS = 0.7
# How far a colour of a thing may be from the palette's (CIELAB).
LIKE = 12.0
# How wide a palette's colours are (CIELAB); the share of things that a colour has at least, and in how many frames,
# fewer of few.
SHADE, SHARE, FRAMES, FEWER = 12.0, 0.03, 3, 2
# So many frames are few: what they show of things at first is not all.
FEW = 11


@dataclass(frozen=True)
class Palette:
    """What the things of a clip look like: colours (P, 3) CIELAB with lightness shortened; largest: pixels of the
    largest of them; radius: pixels from the middle to the rim, where they are round."""

    colours: Float
    largest: int
    radius: float | None = None

    @classmethod
    def of(cls, pictures: list[npt.NDArray[np.uint8]], things: list[Thing | None]) -> "Palette":
        """The colours that the things are made of in several frames; pictures: (SIZE, SIZE, 3) uint8 RGB, the crops
        that they were found in."""
        import cv2

        colours = [
            lab(picture.astype(np.float32))[cv2.erode(thing.seen.astype(np.uint8), disc(2 * WIDER + 3)) > 0]
            for picture, thing in zip(pictures, things, strict=True)
            if thing is not None
        ]
        found = np.concatenate([np.zeros((0, 3), np.float32), *colours])
        frame = np.repeat(np.arange(len(colours)), [len(part) for part in colours])
        _, shade, count = np.unique(np.round(found / SHADE), axis=0, return_inverse=True, return_counts=True)
        sums = np.stack([np.bincount(shade.ravel(), found[:, channel], len(count)) for channel in range(3)], axis=1)
        frames = np.bincount(np.unique(np.stack([shade.ravel(), frame]), axis=1)[0], minlength=len(count))
        common = (count >= SHARE * len(found)) & (frames >= (FRAMES if len(things) > FEW else FEWER))
        largest = max((int(thing.seen.sum()) for thing in things if thing is not None), default=0)
        return cls((sums / np.maximum(count, 1)[:, None])[common].astype(np.float32), largest)

    def measured(self, pictures: list[npt.NDArray[np.uint8]], things: list[Thing | None]) -> "Palette":
        """The same with the radius that things found by its colours have."""
        pairs = [(thing.seen, self.like(picture)) for picture, thing in zip(pictures, things, strict=True) if thing]
        return replace(self, radius=common_radius([seen for seen, _ in pairs], [shown for _, shown in pairs]))

    def like(self, colours: npt.NDArray[np.generic]) -> Mask:
        """(H, W) where colours (H, W, 3) 0-255 are the palette's."""
        shown = lab(colours.astype(np.float32))
        found = np.zeros(shown.shape[:2], bool)
        for colour in self.colours:
            found |= np.linalg.norm(shown - colour, axis=2) < LIKE
        return found


def lab(colours: Float) -> Float:
    """(H, W, 3) colours 0-255 in CIELAB with lightness shortened."""
    import cv2

    converted = np.asarray(cv2.cvtColor(colours / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)
    return converted * np.array([LIGHTNESS, 1.0, 1.0], np.float32)

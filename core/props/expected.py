"""The colours that a frame is expected to show where the body is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render.hits import Hits, silhouette
from ..surface.sampling import nearest_known
from .palette import lab
from .thing import SIZE, around

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# The body is fitted to about so many pixels: a colour that it has within them is no surprise.
REACH, STEP = 6, 3
# So many pixels around mask and body are looked at.
MARGIN = 16
# From so much on a pixel's vertices are known.
KNOWN = 0.6


@dataclass(frozen=True)
class Expected:
    """colours (SIZE, SIZE, 3) float32 0-255, of the body where the clip knows it, elsewhere of the nearest such place;
    known (SIZE, SIZE) bool, where that is; skin (3,) the colour of the hands, which are fast, and may be anywhere."""

    colours: Float
    known: Mask
    skin: Float | None

    @classmethod
    def of(cls, body: Hits, memory: Float, skin: Float | None) -> "Expected":
        """Of a body in the crop; memory: (V, 4) colours of its vertices, and how far the clip knows them, 0-1."""
        drawn = np.zeros((SIZE, SIZE, 4), np.float32)
        drawn[silhouette(body)] = body.interpolate(memory)
        known = drawn[..., 3] > KNOWN
        colours = drawn[nearest_known(known)][:, :, :3] if known.any() else drawn[..., :3]
        return cls(colours, known, skin)

    def surprise(self, picture: npt.NDArray[np.uint8], mask: Mask, reach: int = REACH) -> Float:
        """(SIZE, SIZE) how far each colour of the picture is (CIELAB) from any that is expected near it, and from the
        skin's, in the same light, which is told where the mask has what is known; inf far from mask and body."""
        light, compared = 1.0, self.known & mask
        if compared.any():
            brightness = self.colours[compared].sum(axis=1)
            light = float(np.median(picture[compared].sum(axis=1) / np.maximum(brightness, 1.0)))
        # Further out nobody asks.
        window = around(self.known | mask, MARGIN)
        shown = lab(picture[window].astype(np.float32))
        wanted = lab(np.clip(self.colours[window] * np.float32(light), 0, 255))
        squared = np.full(shown.shape[:2], np.inf, np.float32)
        if self.skin is not None:
            bare = lab(np.clip(self.skin * np.float32(light), 0, 255).astype(np.float32)[None, None])
            squared = ((shown - bare) ** 2).sum(axis=2)
        for down in range(-reach, reach + 1, min(STEP, reach)):
            for right in range(-reach, reach + 1, min(STEP, reach)):
                moved = np.roll(wanted, (down, right), (0, 1))
                squared = np.minimum(squared, ((shown - moved) ** 2).sum(axis=2))
        surprise = np.full(mask.shape, np.inf, np.float32)
        surprise[window] = np.sqrt(squared)
        return surprise

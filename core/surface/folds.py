"""Folds from shading: a height for every pixel, from how much darker or lighter than its surroundings it is.

Under a wide sky valleys are dark and ridges are light, and eyes read depth that way (Langer and Bülthoff, "Depth
discrimination from shading under diffuse lighting", Perception 2000). As in Glencross et al., "A perceptually validated
model for surface depth hallucination", SIGGRAPH 2008: each band of the luminance becomes height in proportion to its
wavelength, so that the slopes of folds are as strong as their shading, wide or narrow. Colour edges, hems and prints
are no folds: an edge-preserving filter keeps them out (bilateral filter, Tomasi and Manduchi, ICCV 1998).
"""

import numpy as np
import numpy.typing as npt

from ..spaces import CROP_HALF
from .sampling import nearest_known

Float = npt.NDArray[np.float32]

# Slope of a fold by contrast of its shading.
STEEPNESS = 2.4
# Added to luminance, 0-255: what is nearly black is mostly noise.
NOISE = 12.0
# Natural logarithm: steps in luminance beyond this are other colours, and no shading exceeds the second.
OTHER_COLOUR, STRONGEST = 0.35, 0.3
# Pixels: shading is looked at against surroundings of about this size.
SURROUNDINGS = 6.0
# Pixels: bands of the luminance end at these; what is longer counts as the last.
BANDS, LONGEST = (1.0, 2.0, 4.0), 5.0


def folds(picture: npt.NDArray[np.uint8], mask: Float) -> Float:
    """(S, S) float32 canonical height towards the camera.

    picture: (S, S, 3) uint8 RGB of the crop; mask: (S, S) 0-1. Outside the mask and at its rim, which shows the
    background too, the height is 0.
    """
    import cv2

    solid = cv2.erode((mask > 0.5).astype(np.uint8), np.ones((3, 3), np.uint8))
    if not solid.any():
        return np.zeros(mask.shape, np.float32)
    luminance = np.log(picture.astype(np.float32).mean(axis=2) + NOISE)
    luminance = luminance[nearest_known(solid > 0)]
    window = 2 * round(1.5 * SURROUNDINGS) - 1
    base = cv2.bilateralFilter(luminance, window, OTHER_COLOUR, SURROUNDINGS)
    band = np.clip(luminance - base, -STRONGEST, STRONGEST)
    height = np.zeros(mask.shape, np.float32)
    for length in BANDS:
        longer = cv2.GaussianBlur(band, (0, 0), length).astype(np.float32, copy=False)
        height += length * (band - longer)
        band = longer
    height += LONGEST * band
    return STEEPNESS * (2 * CROP_HALF / len(mask)) * height * solid

"""Whether a person wears shoes: feet that are not of the skin's colour are in something."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
Landmarks = npt.NDArray[np.floating]
Picture = npt.NDArray[np.uint8]

# Pairs of MediaPipe's landmarks midway between which there is a foot, and skin, if any is bare: heel and toes; wrist
# and knuckles, the mouth's corners, the nose.
FEET = np.array([[29, 31], [30, 32]])
SKIN = np.array([[15, 19], [16, 20], [9, 10], [0, 0]])
# Of the person's height: half the side of the square whose colours are looked at.
PATCH = 0.012
SEEN = 0.5
# Every skin is at least so red, and so red and yellow together (CIELAB), whatever its darkness.
REDDISH, WARM = 5.0, 8.0
# Colours that are one skin's (CIELAB); lightness counts for little: feet are where shadows are.
LIKE, LIGHTNESS = 12.0, 0.2


def wears_shoes(frames: Iterable[tuple[Picture, Landmarks, Landmarks]], height: float) -> bool:
    """Whether most of the frames that show feet and skin show feet that are not bare; not where no frame does.

    frames: pictures (H, W, 3) uint8 RGB, landmarks (33, 2) image pixels, visibility (33,) 0-1; height: the person's,
    pixels.
    """
    apart = [distance for frame in frames for distance in _distances(*frame, round(PATCH * height))]
    return bool(apart) and float(np.median(apart)) > LIKE


def _distances(picture: Picture, landmarks: Landmarks, visibility: Landmarks, reach: int) -> list[float]:
    """How far the colour of each foot that a picture shows is from the nearest of the skin's."""
    feet, skin = (_colours(picture, landmarks, visibility, pairs, reach) for pairs in (FEET, SKIN))
    skin = [colour for colour in skin if colour[1] > REDDISH and colour[1] + colour[2] > WARM]
    if not skin:
        return []
    return [min(float(np.linalg.norm(foot - bare)) for bare in skin) for foot in feet]


def _colours(
    picture: Picture, landmarks: Landmarks, visibility: Landmarks, pairs: npt.NDArray[np.intp], reach: int
) -> list[Float]:
    """CIELAB, its lightness shortened, midway between landmarks that the picture shows."""
    import cv2

    found = []
    for pair in pairs:
        column, row = np.round(landmarks[pair].mean(axis=0)).astype(int)
        rows, columns = (slice(max(middle - reach, 0), max(middle + reach + 1, 0)) for middle in (row, column))
        patch = picture[rows, columns]
        if visibility[pair].min() > SEEN and patch.size:
            shades = cv2.cvtColor(patch.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
            found.append((np.median(shades.reshape(-1, 3), axis=0) * [LIGHTNESS, 1, 1]).astype(np.float32))
    return found

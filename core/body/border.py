"""How far landmarks are believed of people who are partly outside the picture."""

import numpy as np
import numpy.typing as npt

from ..spaces import Crop

# Of MediaPipe's landmarks.
SHOULDERS, HIPS = [11, 12], [23, 24]
# Pixels of the mask beside the border in which the person reaches it.
BESIDE = 2
# Of the trunk's length: landmarks lose belief between these.
BELIEVED, GUESSED = 0.25, 0.75
# How far a frame's landmarks are believed that tells about others, at least.
TELLING = 0.5
# Of the person's height: a foot that is just cut off is known from its leg, one further out is not.
BEYOND = 0.15


def border_belief(cut: float) -> float:
    """0-1, how far the landmarks of somebody are believed whose trunk the border cuts along this share of it."""
    return float(np.clip((GUESSED - cut) / (GUESSED - BELIEVED), 0.0, 1.0))


def inside_belief(
    landmarks: npt.NDArray[np.floating], image_size: tuple[int, int], height: float
) -> npt.NDArray[np.float32]:
    """(...) 0-1, how far landmarks (..., 2), image pixels, are believed that lie outside the picture, where nobody
    sees them: what is far out hangs as it is likely to. height: the person's, pixels."""
    outside = np.maximum(-landmarks, landmarks - np.array(image_size)).max(axis=-1).clip(min=0.0)
    return np.exp(-((outside / (BEYOND * height)) ** 2)).astype(np.float32)


def trunk_cut(
    mask: npt.NDArray[np.bool_], crop: Crop, image_size: tuple[int, int], landmarks: npt.NDArray[np.floating]
) -> float:
    """0-1: the share of the trunk's length along which one border of the picture cuts the person.

    Landmarks of such people are not believed as others are: MediaPipe lays the whole body into the half that it sees.
    A border across the trunk, as below a portrait, cuts none of its length.

    mask: (S, S) of the crop; image_size: width, height; landmarks: (33, 2) image pixels.
    """
    ends = landmarks[SHOULDERS].mean(axis=0), landmarks[HIPS].mean(axis=0)
    length = float(np.linalg.norm(ends[1] - ends[0]))
    step = crop.side / len(mask)
    offsets = ((np.arange(len(mask)) + 0.5) / len(mask) - 0.5) * crop.side
    longest = 0.0
    for across in (0, 1):
        along = 1 - across
        places, beside = offsets + crop.centre[along], offsets + crop.centre[across]
        low, high = sorted(end[along] for end in ends)
        trunk = (places >= low) & (places <= high)
        # Rows of the mask run along y.
        lines = mask if across == 0 else mask.T
        for depth in (beside, image_size[across] - beside):
            reaching = lines[:, (depth > 0) & (depth < BESIDE * step)].any(axis=1)
            longest = max(longest, float((reaching & trunk).sum()) * step)
    return min(1.0, longest / max(length, step))

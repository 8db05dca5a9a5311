"""What a person wears, as far as colours tell: it holds when they leave and come back."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# Steps of lightness and of the two colour axes (CIELAB). Lightness has few: a shadow changes it.
STEPS = (4, 8, 8)
# Share of the pixels that counts as seen well enough.
FEWEST_PIXELS = 30


def clothes_colours(picture: Bytes, mask: Floats, image: Floats) -> Floats:
    """(2, 256) float32: histograms of the upper and the lower body's colours, each of sum 1, or 0 where hardly
    anything of it is seen.

    picture: (H, W, 3) uint8 RGB; mask: (H, W), 0-1; image: (33, 2) landmarks in the picture's pixels.
    """
    import cv2

    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    bins = np.array(STEPS)
    index = np.minimum((lab.astype(np.int32) * bins) // 256, bins - 1)
    code = (index[..., 0] * bins[1] + index[..., 1]) * bins[2] + index[..., 2]
    parts = []
    for polygon in (image[[11, 12, 24, 23]], image[[23, 24, 26, 28, 27, 25]]):
        area = np.zeros(mask.shape, np.uint8)
        cv2.fillConvexPoly(area, cv2.convexHull(np.round(np.clip(polygon, -9999, 9999)).astype(np.int32)), (1,))
        chosen = code[(area > 0) & (mask > 0.5)]
        count = np.bincount(chosen, minlength=int(bins.prod())).astype(np.float32)
        parts.append(count / count.sum() if len(chosen) >= FEWEST_PIXELS else np.zeros_like(count))
    return np.stack(parts)


def clothes_distance(first: Floats, second: Floats) -> float:
    """0 (alike) to 1 (nothing in common): mean Hellinger distance of the parts that both show; 0.5 when none is."""
    both = (first.sum(axis=1) > 0.5) & (second.sum(axis=1) > 0.5)
    if not both.any():
        return 0.5
    return float(np.sqrt(np.clip(1.0 - np.sqrt(first[both] * second[both]).sum(axis=1), 0.0, 1.0)).mean())

"""Masks refined by GrabCut (Rother et al. 2004), seeded by the mask itself: for pictures whose person and background
differ in colour."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# Half the width of the band that GrabCut decides about, against the person's size.
BAND = 0.025
ITERATIONS = 3
# GrabCut's time grows with the pixels, its answer hardly.
LONGEST_SIDE = 640
# Where the colours do not tell person from background it takes or leaves much more than a rim.
MOST_CHANGE = 0.2


def refine_by_grabcut(mask: Floats, picture: Bytes, size: float) -> Floats:
    """The mask with its edge where the picture's colours part.

    mask: (h, w) float32, 0-1; picture: (h, w, 3) uint8 RGB; size: of the person, pixels. What is further from the
    mask's edge than a narrow band stays as it is. The mask comes back unchanged when it is empty or when GrabCut would
    change more than MOST_CHANGE of its area.
    """
    import cv2

    solid = (mask > 0.5).astype(np.uint8)
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not len(rows):
        return mask
    margin = round(0.15 * size) + 4
    window = (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )
    part, colours = solid[window], picture[window]
    scale = min(1.0, LONGEST_SIDE / max(part.shape))
    small = max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale))
    before = cv2.resize(part, small, interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False)
    seeds = _seeds(before, max(1.0, BAND * size * scale))
    if not (seeds == cv2.GC_FGD).any() or not (seeds == cv2.GC_BGD).any():
        return mask
    # Its colour models start at random.
    cv2.setRNGSeed(0)
    guide = np.ascontiguousarray(cv2.resize(colours, small, interpolation=cv2.INTER_AREA)[..., ::-1])
    model = np.zeros((1, 65)), np.zeros((1, 65))
    seeds, _, _ = cv2.grabCut(guide, seeds, (0, 0, 1, 1), *model, ITERATIONS, cv2.GC_INIT_WITH_MASK)
    person = ((seeds == cv2.GC_FGD) | (seeds == cv2.GC_PR_FGD)).astype(np.float32)
    if np.abs(person - before).sum() > MOST_CHANGE * before.sum():
        return mask
    refined = mask.copy()
    refined[window] = cv2.resize(person, part.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return refined


def _seeds(solid: Bytes, radius: float) -> Bytes:
    """(h, w) uint8 in GrabCut's terms: sure inside and outside, undecided in a band around the edge."""
    import cv2

    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    seeds = np.where(solid > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[inside > radius] = cv2.GC_FGD
    seeds[outside > radius] = cv2.GC_BGD
    return seeds

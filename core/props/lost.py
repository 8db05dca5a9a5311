"""Finds limbs that a mask cuts off: the body goes on, and the picture shows it there in its colours."""

import numpy as np
import numpy.typing as npt

from ..render.hits import Hits, silhouette
from .expected import Expected
from .find import DIFFERENT
from .thing import Thing, around, disc

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LIMBS = ("forearm", "hand", "shin", "foot")
# So many pixels of a limb are outside the mask at least, without what is so thin that the body may be off.
LEAST, OFF = 12, 5
# What is so thin is no limb.
THIN = 3
# The limb is looked for within so many pixels of the body; GrabCut learns the colours of so much around.
REACH, AROUND = 8, 24
ITERATIONS = 5


def find_lost(
    picture: npt.NDArray[np.uint8],
    mask: Mask,
    body: Hits,
    limbs: npt.NDArray[np.bool_],
    memory: Float,
    skin: Float | None = None,
) -> Thing | None:
    """What the mask lacks of limbs, as the hidden part of nothing (GrabCut, Rother et al. 2004, seeded by both).

    As find_thing; limbs: (V,) which vertices belong to the LIMBS.
    """
    import cv2

    nothing = np.zeros_like(mask)
    covered = silhouette(body)
    limb = nothing.copy()
    limb[covered] = body.interpolate(limbs[:, None].astype(np.float32))[:, 0] > 0.5
    missing = cv2.morphologyEx((limb & ~mask).astype(np.uint8), cv2.MORPH_OPEN, disc(OFF)) > 0
    if missing.sum() < LEAST:
        return None
    near = _dilated(missing, REACH) & ~mask
    window = around(near, AROUND)
    seeds = np.full(mask.shape, cv2.GC_BGD, np.uint8)
    seeds[near] = cv2.GC_PR_BGD
    seeds[missing] = cv2.GC_PR_FGD
    seeds[mask] = cv2.GC_FGD
    seeds = np.ascontiguousarray(seeds[window])
    if not (seeds == cv2.GC_FGD).any() or not (seeds == cv2.GC_BGD).any():
        return None
    # Its colour models start at random.
    cv2.setRNGSeed(0)
    guide = np.ascontiguousarray(picture[window])
    model = np.zeros((1, 65)), np.zeros((1, 65))
    seeds, _, _ = cv2.grabCut(guide, seeds, (0, 0, 1, 1), *model, ITERATIONS, cv2.GC_INIT_WITH_MASK)
    found = nothing.copy()
    found[window] = seeds == cv2.GC_PR_FGD
    found &= near & (Expected.of(body, memory, skin).surprise(picture, mask) < DIFFERENT)
    lost = _joined(cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, disc(THIN)) > 0, mask)
    return Thing(nothing, lost) if lost.any() else None


def _joined(found: Mask, mask: Mask) -> Mask:
    """What is found and touches the mask, of pieces that are large enough."""
    import cv2

    count, components = cv2.connectedComponents(found.astype(np.uint8))
    label = np.asarray(components, np.int32)
    area = np.bincount(label.ravel(), minlength=count)
    touching = np.bincount(label.ravel(), _dilated(mask, 2).ravel(), count) > 0
    kept = touching & (area >= LEAST)
    kept[0] = False
    return kept[label]


def _dilated(pixels: Mask, by: int) -> Mask:
    import cv2

    return np.asarray(cv2.dilate(pixels.astype(np.uint8), disc(2 * by + 1))) > 0

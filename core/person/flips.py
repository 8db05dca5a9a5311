"""Arms or legs that the landmarker takes for each other over whole runs of frames."""

import numpy as np
import numpy.typing as npt

from .mirrored import MIRRORED

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.integer]

ARMS, LEGS = np.arange(11, 23), np.arange(23, 33)
# What swapping a frame costs against bends of the path, in sizes of the person a frame squared: where limbs hide each
# other both ways are as good, and the landmarker is to be believed.
SWAP_COST = 0.003
# A landmark that jumps further than this (sizes of the person) is lost, swapped or not.
LARGEST_BEND = 0.15


def swapped_limbs(image: Floats, world: Floats) -> npt.NDArray[np.bool_]:
    """(N, 33) which landmarks carry their twin's name: of N frames that follow each other, image (N, 33, 2) pixels,
    world (N, 33, 3) metres.

    Arms and legs each have one of two namings in a frame; the sequence of namings is sought whose path bends least
    (Viterbi 1967). The naming of most frames is right. Frames in which both are swapped stay as they are: that may be
    a body that turns, which is another question (track.undo_exchanges).
    """
    swapped = np.zeros(image.shape[:2], bool)
    if len(image) < 3:
        return swapped
    size = float(np.median(np.ptp(image, axis=1).max(axis=1)))
    height = float(np.median(np.ptp(world, axis=1).max(axis=1)))
    places = np.concatenate([image / max(size, 1e-6), world / max(height, 1e-6)], axis=2)
    for group in (ARMS, LEGS):
        states = _smoothest(np.stack([places[:, group], places[:, MIRRORED[group]]], axis=1))
        swapped[np.ix_(states, group)] = True
    swapped[swapped[:, ARMS[0]] & swapped[:, LEGS[0]]] = False
    return swapped


def _smoothest(ways: Floats) -> npt.NDArray[np.bool_]:
    """(N,) which of the two ways (N, 2, L, C) that landmarks may lie in each frame is taken: False for the first."""
    count = len(ways)
    # Of the last two frames' states: costs[before, last].
    costs = SWAP_COST * np.add.outer([0.0, 1.0], [0.0, 1.0])
    origins = np.zeros((count, 2, 2), int)
    for row in range(2, count):
        bends = np.empty((2, 2, 2))
        for first in range(2):
            for second in range(2):
                bend = ways[row] - 2 * ways[row - 1, second] + ways[row - 2, first]
                bends[first, second] = np.minimum(np.linalg.norm(bend, axis=2), LARGEST_BEND).mean(axis=1)
        total = costs[:, :, None] + bends + SWAP_COST * np.array([0.0, 1.0])
        origins[row] = total.argmin(axis=0)
        costs = total.min(axis=0)
    before, last = np.unravel_index(int(costs.argmin()), costs.shape)
    states = np.zeros(count, bool)
    states[-2:] = before, last
    for row in range(count - 1, 1, -1):
        states[row - 2] = origins[row, int(states[row - 1]), int(states[row])]
    return ~states if states.mean() > 0.5 else states

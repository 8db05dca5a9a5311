"""Arms or legs that the landmarker takes for each other over whole runs of frames."""

import numpy as np
import numpy.typing as npt

from .mirrored import MIRRORED

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.integer]

# Without shoulders and hips: those belong to the trunk, whose names are right where its limbs' are not.
ARMS, LEGS = np.arange(13, 23), np.arange(25, 33)
# What swapping a frame costs against bends of the path, in sizes of the person a frame squared: where limbs hide each
# other both ways are as good, and the landmarker is to be believed.
SWAP_COST = 0.003
# How much places in space count beside those in the picture. The landmarker guesses depths from the trunk: where it
# takes a leg for the other, it still says that the left one is nearer.
WORLD_WEIGHT = 0.6
# A landmark that jumps further than this (sizes of the person) is lost, swapped or not.
LARGEST_BEND = 0.15
# Limbs fell together where they are this part as far apart as in the frames around, and as their way there says; which
# only counts where the frames around have them further apart than this (sizes of the person).
TOGETHER, APART = 0.3, 0.1


def swapped_limbs(image: Floats, world: Floats, together: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(N, 33) which landmarks carry their twin's name: of N frames that follow each other, image (N, 33, 2) pixels,
    world (N, 33, 3) metres.

    Arms or legs each have one of two namings in a frame; the sequence of namings is sought whose path bends least
    (Viterbi 1967). Frames in which they fell `together`, (N, 33) of limbs_together, have no part in it, and stay as
    they are. The naming of most frames is right. Frames in which both are swapped stay as they are: that may be a body
    that turns, which is another question (track.undo_exchanges).
    """
    swapped = np.zeros(image.shape[:2], bool)
    if len(image) < 3:
        return swapped
    size = float(np.median(np.ptp(image, axis=1).max(axis=1)))
    height = float(np.median(np.ptp(world, axis=1).max(axis=1)))
    places = np.concatenate([image / max(size, 1e-6), WORLD_WEIGHT * world / max(height, 1e-6)], axis=2)
    for group in (ARMS, LEGS):
        rows = np.flatnonzero(~together[:, group[0]])
        states = _smoothest(np.stack([places[rows][:, group], places[rows][:, MIRRORED[group]]], axis=1))
        swapped[np.ix_(rows[states], group)] = True
    swapped[swapped[:, ARMS[0]] & swapped[:, LEGS[0]]] = False
    return swapped


def limbs_together(image: Floats) -> npt.NDArray[np.bool_]:
    """(N, 33) the landmarks of arms or legs that lie on each other for one of N frames that follow each other, image
    (N, 33, 2) pixels, though the frames on both sides have them apart and not coming closer: between one naming and
    the other the landmarker may answer with the middle of both. It does not matter here who is called what."""
    found = np.zeros(image.shape[:2], bool)
    if len(image) < 5:
        return found
    size = float(np.median(np.ptp(image, axis=1).max(axis=1)))
    for group in (ARMS, LEGS):
        apart = (image[:, group] - image[:, MIRRORED[group]]).reshape(len(image), -1)
        apart /= max(size * np.sqrt(len(group)), 1e-6)
        for row in range(2, len(image) - 2):
            around = [np.linalg.norm(apart[near]) for near in (row - 1, row + 1)]
            around += [_gone_on(apart[row - 2], apart[row - 1]), _gone_on(apart[row + 2], apart[row + 1])]
            if min(around) > APART and np.linalg.norm(apart[row]) < TOGETHER * min(around):
                found[row, group] = True
    return found


def _gone_on(before: Floats, last: Floats) -> float:
    """How far apart limbs are in the next frame if they go on as in two, between which their names may have changed."""
    same = np.linalg.norm(last - before) <= np.linalg.norm(last + before)
    return float(np.linalg.norm(2 * last - before if same else 2 * last + before))


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

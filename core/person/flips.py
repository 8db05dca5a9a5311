"""Arms, legs or sides of the trunk that the landmarker takes for each other over whole runs of frames, or puts on each
other."""

import numpy as np
import numpy.typing as npt

from .mirrored import MIRRORED

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# The trunk is told by shoulders and hips; the face goes with it.
TRUNK, FACE, ARMS, LEGS = np.array([11, 12, 23, 24]), np.arange(1, 11), np.arange(13, 23), np.arange(25, 33)
# What swapping a frame costs against bends of the path, in sizes of the person a frame squared: where limbs hide each
# other both ways are as good, and the landmarker is to be believed.
SWAP_COST = 0.01
# How much places in space count beside those in the picture, and depths among them. The landmarker guesses depths from
# the trunk: where it takes a leg for the other, it still says that the left one is nearer.
WORLD_WEIGHT, DEPTH_WEIGHT = 0.6, 0.4
# A landmark that jumps further than this (sizes of the person) is lost, swapped or not.
LARGEST_BEND = 0.15
# Between one naming and the other the landmarker may put both limbs into the middle of them, for so many frames. Frames
# are left out of the search, each at a price like a bend's, where limbs are this part as far apart as they should be on
# their way, and should be further apart than this (sizes of the person).
MOST_LOST, LOST_COST = 2, 0.05
TOGETHER, APART = 0.6, 0.1
LOST = -1

# The last two frames that are not left out and their namings: frame, naming, frame, naming.
Step = tuple[int, int, int, int]


def renamed_limbs(image: Floats, world: Floats) -> tuple[Mask, Mask]:
    """(N, 33) each: which landmarks carry their twin's name, and which were put on their twin's place: of N frames that
    follow each other, image (N, 33, 2) pixels, world (N, 33, 3) metres.

    Trunk, arms or legs each have one of two namings in a frame, or are lost; the sequence is sought whose path bends
    least (Viterbi 1967). The naming of most frames is right. Frames in which arms and legs are swapped stay as they
    are: that may be a body that turns, which is another question (track.undo_exchanges).
    """
    swapped, together = np.zeros((2, *image.shape[:2]), bool)
    if len(image) < 3:
        return swapped, together
    size = float(np.median(np.ptp(image, axis=1).max(axis=1)))
    height = float(np.median(np.ptp(world, axis=1).max(axis=1)))
    space = WORLD_WEIGHT * world * [1.0, 1.0, DEPTH_WEIGHT]
    places = np.concatenate([image / max(size, 1e-6), space / max(height, 1e-6)], axis=2)
    for group in (TRUNK, ARMS, LEGS):
        ways = np.stack([places[:, group], places[:, MIRRORED[group]]], axis=1)
        namings = _with_names(_smoothest(ways), ways)
        swapped[np.ix_(namings == 1, group)] = True
        # Of somebody seen from aside shoulders do lie on each other.
        together[np.ix_(namings == LOST, group)] = group is not TRUNK
    swapped[:, FACE] = swapped[:, TRUNK[:1]]
    swapped[swapped[:, ARMS[0]] & swapped[:, LEGS[0]]] = False
    return swapped, together


def _smoothest(ways: Floats) -> npt.NDArray[np.int64]:
    """(N,) which of the two ways (N, 2, L, C) that landmarks may lie in each frame is taken, 0 or 1, or LOST. The first
    two of C are in the picture."""
    count, apart = len(ways), _apart(ways)
    # Of each frame: what the best way to it costs that ends with a step, and which step was before.
    best: list[dict[Step, tuple[float, Step | None]]] = [{} for _ in range(count)]
    best[1] = {(0, first, 1, second): (SWAP_COST * (first + second), None) for first in (0, 1) for second in (0, 1)}
    for last in range(1, count):
        for step, (cost, _) in best[last].items():
            for row in range(last + 1, min(last + 2 + MOST_LOST, count)):
                for naming in (0, 1):
                    following = (last, step[3], row, naming)
                    if not _lie_together(apart, following):
                        continue
                    total = cost + SWAP_COST * naming + LOST_COST * (row - last - 1) + _bend(ways, step, following)
                    if following not in best[row] or total < best[row][following][0]:
                        best[row][following] = (total, step)
    namings = np.full(count, LOST)
    step = min(best[-1], key=lambda end: best[-1][end][0])
    while step is not None:
        before, namings[before], last, namings[last] = step
        step = best[last][step][1]
    known = namings != LOST
    if namings[known].mean() > 0.5:
        namings[known] = 1 - namings[known]
    return namings


def _bend(ways: Floats, step: Step, following: Step) -> float:
    """How much landmarks change their velocity from a step to the one that follows it, on average."""
    before, first, last, second = step
    _, _, row, third = following
    bend = (ways[row, third] - ways[last, second]) / (row - last)
    bend -= (ways[last, second] - ways[before, first]) / (last - before)
    return float(np.minimum(np.linalg.norm(bend, axis=1), LARGEST_BEND).mean())


def _lie_together(apart: Floats, step: Step) -> bool:
    """Whether limbs lie on each other in all frames that a step leaves out, though on its way they would be apart. From
    (N, D) how far limbs of the first naming are apart."""
    before, first, last, second = step
    for row in range(before + 1, last):
        distance = np.linalg.norm(_between((1 - 2 * first) * apart[before], (1 - 2 * second) * apart[last], step, row))
        if distance < APART or np.linalg.norm(apart[row]) > TOGETHER * distance:
            return False
    return True


def _with_names(namings: npt.NDArray[np.int64], ways: Floats) -> npt.NDArray[np.int64]:
    """Frames that were left out get the naming that lies nearer to their way, but where the frames on both sides have
    the limbs further apart: what is between far and close was seen there."""
    known, distances = np.flatnonzero(namings != LOST), np.linalg.norm(_apart(ways), axis=1)
    named = namings.copy()
    for row in np.flatnonzero(namings == LOST):
        before, last = int(known[known < row].max()), int(known[known > row].min())
        around = min(distances[before], distances[last])
        if around < APART or distances[row] > TOGETHER * around:
            step = (before, int(namings[before]), last, int(namings[last]))
            expected = _between(ways[before, step[1]], ways[last, step[3]], step, int(row))
            named[row] = np.linalg.norm(ways[row] - expected, axis=2).mean(axis=1).argmin()
    return named


def _apart(ways: Floats) -> Floats:
    """(N, D) how far limbs are apart in the picture, of two ways (N, 2, L, C)."""
    return (ways[:, 0] - ways[:, 1])[..., :2].reshape(len(ways), -1) / np.sqrt(ways.shape[2])


def _between(start: Floats, end: Floats, step: Step, row: int) -> Floats:
    """What lies between two frames of a step on the straight way."""
    part = (row - step[0]) / (step[2] - step[0])
    return (1 - part) * start + part * end

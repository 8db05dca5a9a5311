"""Limbs that the landmarker loses for some frames: a foot that swings past a hand is taken for the hand.

Where landmarks and mask of such frames contradict each other, and what lies between the frames around them does so
less, the limb goes straight from the one to the other.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..spaces import CROP_SIZE
from .second_look import contradiction
from .sighting import Bytes, square_around
from .track import Track

# Shoulders and hips, and what hangs on each.
LIMBS = {11: [13, 15, 17, 19, 21], 12: [14, 16, 18, 20, 22], 23: [25, 27, 29, 31], 24: [26, 28, 30, 32]}
# Seconds for which a limb may be lost, and between frames that are looked at.
LONGEST, STEP = 0.3, 1 / 30
# Of contradiction: up to which above the usual a frame is believed; what one costs that is not; and what all frames of
# a loss must gain on top of that.
BELIEVED, PRICE, LEAST_GAIN = 0.03, 0.02, 0.05
# Pixels along the side of the square in which landmarks and mask are compared.
SIZE = 256

Floats = npt.NDArray[np.float64]


class Loss(NamedTuple):
    """A limb, by its root in LIMBS, that is lost between two rows of a track, and how much less landmarks and masks
    contradict each other without it."""

    gain: float
    root: int
    before: int
    after: int


def find_lost_limbs(track: Track, mask: Callable[[int], Bytes]) -> list[Loss]:
    """What is lost of a track, whose masks (H, W) uint8 0-255 are fetched by row; losses of a limb do not overlap."""
    runs = track.runs(track.present)
    return [loss for run in runs if len(run) > 2 for loss in _lost_in(track, _spread(track.times, run), mask)]


def bridge(track: Track, losses: Sequence[Loss]) -> None:
    """Lead lost limbs from the frame before to the frame after, beside the joint that they hang on."""
    for loss in losses:
        for row in range(loss.before + 1, loss.after):
            if track.present[row]:
                for values in (track.image, track.world):
                    values[row] = _bridged(values, track.times, row, loss)


def _spread(times: Floats, run: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Rows of a run about STEP seconds apart."""
    between = float(np.median(np.diff(times[run])))
    return run[:: max(1, round(STEP / between))]


def _lost_in(track: Track, rows: npt.NDArray[np.intp], mask: Callable[[int], Bytes]) -> list[Loss]:
    """What is lost in rows that follow each other."""
    doubts = [_doubt(track, int(row), mask) for row in rows]
    now = np.array([doubt(track.image[row]) for doubt, row in zip(doubts, rows, strict=True)])
    unusual = now - np.median(now)
    believed = np.flatnonzero(unusual <= BELIEVED)
    found: list[Loss] = []
    for root in LIMBS:
        losses = []
        for index, first in enumerate(believed):
            for last in believed[index + 1 :]:
                if track.times[rows[last]] - track.times[rows[first]] > LONGEST:
                    break
                inner = slice(first + 1, last)
                # As good as most frames are is the best that can be hoped for.
                if (np.maximum(unusual[inner], 0.0) - PRICE).sum() < LEAST_GAIN:
                    continue
                loss = Loss(0.0, root, int(rows[first]), int(rows[last]))
                then = [
                    doubt(_bridged(track.image, track.times, int(row), loss))
                    for doubt, row in zip(doubts[inner], rows[inner], strict=True)
                ]
                losses.append(loss._replace(gain=float((now[inner] - then - PRICE).sum())))
        for loss in sorted(losses, reverse=True):
            if loss.gain >= LEAST_GAIN and not any(_overlap(loss, other) for other in found):
                found.append(loss)
    return found


def _doubt(track: Track, row: int, mask: Callable[[int], Bytes]) -> Callable[[Floats], float]:
    """What tells how much landmarks (33, 2), image pixels, contradict the mask of a row."""
    import cv2

    square = square_around(track.image[row])
    person = cv2.warpAffine(mask(row), square.affine(SIZE), (SIZE, SIZE)) / np.float32(255)
    return lambda image: contradiction(person, square.from_image(image) * (SIZE / CROP_SIZE))


def _bridged(values: Floats, times: Floats, row: int, loss: Loss) -> Floats:
    """(33, C) of a row of values (N, 33, C) with the limb on the straight way over the loss."""
    limb, root, ends = LIMBS[loss.root], loss.root, [loss.before, loss.after]
    share = (times[row] - times[loss.before]) / (times[loss.after] - times[loss.before])
    first, last = values[ends][:, limb] - values[ends][:, [root]]
    bridged = values[row].copy()
    bridged[limb] = bridged[root] + (1.0 - share) * first + share * last
    return bridged


def _overlap(loss: Loss, other: Loss) -> bool:
    """Whether two losses are of the same limb, and of the same time."""
    return loss.root == other.root and loss.before < other.after and other.before < loss.after

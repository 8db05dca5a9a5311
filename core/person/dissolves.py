"""Dissolves: where one shot of a clip melts into another."""

from collections import deque
from itertools import pairwise

import numpy as np
import numpy.typing as npt

# Size at which pictures are compared, and over how many frames a dissolve may go.
SMALL = (64, 64)
LENGTHS = (8, 16, 32, 64)
# Grey levels by which the shots must differ on average, and how like each other they may be at most (correlation): the
# same place in another light is no other shot.
LEAST_DIFFERENCE, MOST_ALIKE = 12.0, 0.5
# What a mixture of the two shots may leave unexplained of a picture between them, as a share of their difference.
MOST_LEFT = 0.35
# How much of the first shot is in the picture halfway.
HALF = (0.25, 0.75)

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class DissolveFinder:
    """Gets the frames of a clip in order and says where shots dissolve."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._before: deque[Floats] = deque(maxlen=LENGTHS[-1] + 1)
        # Rows of frames halfway between two shots.
        self._found: set[int] = set()

    def add(self, number: int, picture: Bytes) -> None:
        """Take in the next frame, (H, W, 3) uint8 RGB."""
        import cv2

        grey = cv2.cvtColor(cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        self._numbers.append(number)
        self._before.append(np.asarray(grey, np.float32))
        for length in LENGTHS:
            if length < len(self._before) and self._is_mixture(length):
                self._found.add(len(self._numbers) - 1 - length // 2)

    def finish(self) -> list[int]:
        """Numbers of the frames in the middle of each dissolve, ascending."""
        groups: list[list[int]] = []
        for row in sorted(self._found):
            if groups and row - groups[-1][-1] <= LENGTHS[-1] // 2:
                groups[-1].append(row)
            else:
                groups.append([row])
        return [self._numbers[group[len(group) // 2]] for group in groups]

    def _is_mixture(self, length: int) -> bool:
        """Whether the frames between the first and the last of the last `length` go from one to the other by mixing
        them."""
        rows = (-1 - length, -1 - 3 * length // 4, -1 - length // 2, -1 - length // 4, -1)
        first, *between, last = (self._before[row] for row in rows)
        difference = first - last
        size = float(np.abs(difference).mean())
        if size < LEAST_DIFFERENCE or _alike(first, last) > MOST_ALIKE:
            return False
        shares = [float(((grey - last) * difference).sum() / (difference**2).sum()) for grey in between]
        falling = all(one > other for one, other in pairwise([1.1, *shares, -0.1]))
        if not falling or not HALF[0] < shares[1] < HALF[1]:
            return False
        mixed = [last + share * difference for share in shares]
        return (
            max(float(np.abs(grey - mix).mean()) for grey, mix in zip(between, mixed, strict=True)) < MOST_LEFT * size
        )


def _alike(first: Floats, last: Floats) -> float:
    """Correlation of two pictures; 1 where one of them is even, as in a fade."""
    if min(first.std(), last.std()) < 5.0:
        return 1.0
    return float(np.corrcoef(first.ravel(), last.ravel())[0, 1])

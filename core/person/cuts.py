"""Cuts: where one shot of a clip ends and another begins."""

import numpy as np
import numpy.typing as npt

# Steps of each colour channel, and parts of the picture along each side, whose colours are counted apart.
STEPS, PARTS = 4, 3
# Size at which pictures are compared.
SMALL = (96, 96)
# Share of the picture's colours that a cut exchanges, at least, and against the most that changes in the frames
# around it: a fast pan changes much in every frame, a cut once.
CUT_CHANGE, CUT_CONTRAST, CUT_REACH = 0.3, 3.0, 4

Bytes = npt.NDArray[np.uint8]


class CutFinder:
    """Gets the frames of a clip in order and says where it was cut."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._changes: list[float] = []
        self._before: npt.NDArray[np.float32] | None = None
        self._two_before: npt.NDArray[np.float32] | None = None

    def add(self, number: int, picture: Bytes) -> bool:
        """Take in the next frame, (H, W, 3) uint8 RGB; True when it differs much from the one before."""
        colours = _colours(picture)
        change = 0.0
        if self._before is not None:
            change = float(np.abs(colours - self._before).sum()) / 2
            # After a flash of one frame the picture is again what it was.
            if self._two_before is not None and np.abs(colours - self._two_before).sum() / 2 < CUT_CHANGE / 2:
                change = self._changes[-1] = min(change, CUT_CHANGE / 2)
        self._numbers.append(number)
        self._changes.append(change)
        self._two_before, self._before = self._before, colours
        return change > CUT_CHANGE

    def finish(self) -> list[int]:
        """Numbers of the frames that begin a new shot, ascending."""
        changes = np.array(self._changes)
        cuts = []
        for row in np.flatnonzero(changes > CUT_CHANGE):
            around = np.concatenate([changes[max(0, row - CUT_REACH) : row], changes[row + 1 : row + 1 + CUT_REACH]])
            if changes[row] > CUT_CONTRAST * max(around, default=0.0):
                cuts.append(self._numbers[row])
        return cuts


def _colours(picture: Bytes) -> npt.NDArray[np.float32]:
    """(PARTS^2 * STEPS^3,) float32: how often each colour is in each part of the picture; sum 1."""
    import cv2

    small = cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA).astype(np.int64) * STEPS // 256
    part = np.arange(SMALL[0]) * PARTS // SMALL[0]
    code = (small[..., 0] * STEPS + small[..., 1]) * STEPS + small[..., 2] + (part[:, None] * PARTS + part) * STEPS**3
    return (np.bincount(code.ravel(), minlength=PARTS**2 * STEPS**3) / code.size).astype(np.float32)

"""Points of the background, followed from picture to picture for as long as they can be seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .camera_turns import SIDE, beside
from .landmarker import reduce_picture

MOST_POINTS, LEAST_SHARE = 300, 0.8
# Pixels between points, and how far a point may end from its start when it is followed there and back.
SPACING, LARGEST_RETURN = 8, 0.5

Bytes = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Tracks:
    """numbers: (F,) of the frames; names and places: a frame's points, (N,) int32 and (N, 2) float32, in lengths of
    the picture's longer side from its middle, x right, y down."""

    numbers: list[int]
    names: list[npt.NDArray[np.int32]]
    places: list[Points]


class TrackedBackground:
    """Gets the frames of a clip in order, and keeps a few kB of each."""

    def __init__(self) -> None:
        self._tracks = Tracks([], [], [])
        self._grey: Bytes | None = None
        self._points = np.zeros((0, 2), np.float32)
        self._names = np.zeros(0, np.int32)
        self._next = 0

    def add(self, number: int, picture: Bytes, person: npt.NDArray[np.float32] | None) -> None:
        """Take in the next frame (H, W, 3) uint8 RGB; person: landmarks (33, 2) in its pixels, if there are any."""
        import cv2

        scale = min(1.0, SIDE / max(picture.shape[:2]))
        grey = np.asarray(cv2.cvtColor(reduce_picture(picture, SIDE), cv2.COLOR_RGB2GRAY), np.uint8)
        free = beside(None if person is None else person * scale, grey.shape)
        if self._grey is not None and self._grey.shape == grey.shape and len(self._points):
            self._follow(self._grey, grey, free)
        else:
            self._points, self._names = self._points[:0], self._names[:0]
        if len(self._points) < LEAST_SHARE * MOST_POINTS:
            self._take_more(grey, free)
        self._grey = grey
        self._tracks.numbers.append(number)
        self._tracks.names.append(self._names)
        middle = np.array(grey.shape[1::-1], np.float32) / 2
        self._tracks.places.append((self._points + 0.5 - middle) / max(grey.shape))

    def finish(self) -> Tracks:
        return self._tracks

    def _follow(self, before: Bytes, grey: Bytes, free: Bytes) -> None:
        """Keep the points that are found again, there and back, and are not on the person now."""
        import cv2

        found, ok, _ = cv2.calcOpticalFlowPyrLK(before, grey, self._points, self._points.copy())
        back, ok_back, _ = cv2.calcOpticalFlowPyrLK(
            grey, before, found, self._points.copy(), flags=cv2.OPTFLOW_USE_INITIAL_FLOW
        )
        kept = (ok[:, 0] > 0) & (ok_back[:, 0] > 0) & (np.linalg.norm(back - self._points, axis=1) < LARGEST_RETURN)
        columns, rows = np.round(found).astype(int).T
        inside = (columns >= 3) & (rows >= 3) & (columns < grey.shape[1] - 3) & (rows < grey.shape[0] - 3)
        kept &= inside & (free[rows.clip(0, grey.shape[0] - 1), columns.clip(0, grey.shape[1] - 1)] > 0)
        self._points, self._names = np.asarray(found[kept], np.float32), self._names[kept]

    def _take_more(self, grey: Bytes, free: Bytes) -> None:
        import cv2

        for column, row in self._points:
            cv2.circle(free, (round(float(column)), round(float(row))), SPACING, (0,), -1)
        more = cv2.goodFeaturesToTrack(grey, MOST_POINTS - len(self._points), 0.01, SPACING, mask=free)
        if more is not None:
            self._points = np.concatenate([self._points, np.asarray(more, np.float32)[:, 0]])
            self._names = np.concatenate([self._names, np.arange(self._next, self._next + len(more), dtype=np.int32)])
            self._next += len(more)

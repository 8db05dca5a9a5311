"""Pictures of a camera that turns, brought into one view."""

import numpy as np
import numpy.typing as npt

# From a frame's camera axes to the first frame's, for a focal length of the picture's longer side.
Turn = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# So many pictures' sizes a canvas goes beyond the middle frame at most.
MOST_ROOM = 1.0


class Canvas:
    """All that a camera which turns has looked at, as its middle frame sees it."""

    def __init__(self, size: tuple[int, int], picture: tuple[int, int], middle: Turn, corner: Turn) -> None:
        """size, picture: width and height of both, pixels; middle: the turn whose view it is; corner: (2,) where in
        that view it begins, pixels."""
        self._size, self._picture, self._middle, self._corner = size, picture, middle, corner

    @classmethod
    def of(cls, shape: tuple[int, ...], turns: list[Turn]) -> "Canvas | None":
        """For pictures (h, w, 3) of cameras that are turned so; None where they are not."""
        if not turns:
            return None
        height, width = shape[:2]
        canvas = cls((width, height), (width, height), turns[len(turns) // 2], np.zeros(2))
        ends = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)
        points = np.concatenate([ends @ canvas._way(turn).T for turn in turns])
        points = points[:, :2] / np.maximum(points[:, 2:], 0.1)
        room = MOST_ROOM * np.array([width, height])
        low, high = np.maximum(points.min(axis=0), -room), np.minimum(points.max(axis=0), room + [width, height])
        low = np.floor(low)
        wide, high = np.ceil(high - low).astype(int).tolist()
        return cls((wide, high), (width, height), canvas._middle, low)

    def spread(self, picture: Bytes, turn: Turn | None) -> Bytes:
        """A frame's picture (h, w, ...) on the canvas, 0 around it."""
        import cv2

        return np.asarray(cv2.warpPerspective(picture, self._way(turn), self._size, flags=cv2.INTER_LINEAR), np.uint8)

    def seen(self, canvas: Floats, turn: Turn | None) -> Floats:
        """What of the canvas's values (H, W, C) a frame sees, (h, w, C)."""
        import cv2

        return np.asarray(cv2.warpPerspective(canvas, np.linalg.inv(self._way(turn)), self._picture), np.float32)

    def _way(self, turn: Turn | None) -> Turn:
        """(3, 3) the homography from a frame's pixels to the canvas's; without a turn, the middle frame's."""
        width, height = self._picture
        turn = self._middle if turn is None else turn
        # Pixels to camera axes, in which y points up and the view along -z.
        lens = np.array([[1.0, 0.0, 0.5 - width / 2], [0.0, -1.0, height / 2 - 0.5], [0.0, 0.0, -max(width, height)]])
        place = np.array([[1.0, 0.0, -self._corner[0]], [0.0, 1.0, -self._corner[1]], [0.0, 0.0, 1.0]])
        return place @ np.linalg.inv(lens) @ self._middle.T @ turn @ lens

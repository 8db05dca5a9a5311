"""A turned square of a picture, in which a network of MediaPipe sees a hand or a face upright."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class TurnedSquare:
    """centre (2,) and side, image pixels; angle: radians from the picture's up to the square's, clockwise."""

    centre: npt.NDArray[np.floating]
    side: float
    angle: float

    @property
    def turn(self) -> npt.NDArray[np.float64]:
        """(2, 2) from the square's axes to the picture's."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return np.array([[cosine, -sine], [sine, cosine]])

    def to_image(self, size: int) -> npt.NDArray[np.float64]:
        """(2, 3) from pixels of the square, `size` of them along its side, to the picture's."""
        turn = self.turn * self.side / size
        return np.concatenate([turn, (self.centre - turn @ [size / 2, size / 2])[:, None]], axis=1)

    def placed(self, points: npt.NDArray[np.floating], size: int) -> npt.NDArray[np.floating]:
        """(N, 2) the picture's pixels of points (N, 2) in the square's, `size` of them along its side."""
        to_image = self.to_image(size)
        return points @ to_image[:, :2].T + to_image[:, 2]

    def cut(self, picture: Picture, size: int) -> Picture:
        """(size, size, 3) what a picture (H, W, 3) shows in the square; black beyond its border."""
        import cv2

        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(picture, self.to_image(size), (size, size), flags=flags).astype(np.uint8, copy=False)

    @classmethod
    def around(
        cls, points: npt.NDArray[np.floating], upwards: npt.NDArray[np.floating], margin: float
    ) -> "TurnedSquare":
        """The square whose up is `upwards` (2,), `margin` times as large as what points (N, 2) extend over in it."""
        angle = angle_of(upwards)
        turn = cls(np.zeros(2), 1.0, angle).turn
        turned = points @ turn
        low, high = turned.min(axis=0), turned.max(axis=0)
        return cls(turn @ ((low + high) / 2), margin * max(float((high - low).max()), 1.0), angle)


def angle_of(upwards: npt.NDArray[np.floating]) -> float:
    """Radians clockwise from the picture's up to a direction (2,), y down."""
    return float(np.arctan2(upwards[0], -upwards[1]))

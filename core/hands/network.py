"""MediaPipe's hand landmarks (Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", 2020), looked for
where the body's landmarks say that a hand is."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from ..mediapipe_network import MediaPipeNetwork
from ..weights_file import FOLDER, read_weights

GRAPH = Path(__file__).with_name("hand_landmarks.json")
WEIGHTS = FOLDER / "hands.safetensors"
# Pixels along the square that the network sees.
SIZE = 224
LANDMARKS = 21
# MediaPipe's numbers of wrist, elbow, first knuckles of the index and the little finger, of the left and the right arm.
ARMS = ((15, 13, 19, 17), (16, 14, 20, 18))
# The square's side against the way from the wrist to the knuckles, twice, as in MediaPipe's graph for whole bodies; and
# against the hand's landmarks once they are known. A hand that points at the camera is as large as a part of the arm.
FIRST, NEXT, OF_FOREARM = 2.7, 2.0, 0.35
# Below this there is no hand to look at more closely.
LEAST_PRESENCE = 0.3

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Hand:
    """image: (21, 2) image pixels; world: (21, 3) metres, x right, y up, z towards the camera; trust: 0-1, how surely
    this is a hand, and of the side that it should be of."""

    image: Float
    world: Float
    trust: float


@dataclass(frozen=True)
class Square:
    """A turned square of the picture: centre (2,) and side, image pixels; angle: radians from the picture's up to the
    square's, clockwise."""

    centre: npt.NDArray[np.floating]
    side: float
    angle: float

    @property
    def turn(self) -> npt.NDArray[np.float64]:
        """(2, 2) from the square's axes to the picture's."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return np.array([[cosine, -sine], [sine, cosine]])

    @property
    def to_image(self) -> npt.NDArray[np.float64]:
        """(2, 3) from the square's SIZE pixels to the picture's."""
        turn = self.turn * self.side / SIZE
        return np.concatenate([turn, (self.centre - turn @ [SIZE / 2, SIZE / 2])[:, None]], axis=1)

    @classmethod
    def at_arm(cls, image: Float, arm: tuple[int, int, int, int]) -> "Square":
        """Where the body's landmarks (33, 2) have a hand."""
        wrist, elbow, index, little = (image[number].astype(np.float64) for number in arm)
        centre = (2 * index + little) / 3
        size = max(2 * np.linalg.norm(centre - wrist), OF_FOREARM * np.linalg.norm(wrist - elbow), 1.0)
        return cls(centre, FIRST * float(size), _angle(centre - wrist))

    @classmethod
    def around(cls, hand: Float) -> "Square":
        """Around a hand's landmarks (21, 2)."""
        angle = _angle((hand[5] + 2 * hand[9] + hand[13]) / 4 - hand[0])
        turn = cls(np.zeros(2), 1.0, angle).turn
        turned = hand @ turn
        low, high = turned.min(axis=0), turned.max(axis=0)
        return cls(turn @ ((low + high) / 2), NEXT * max(float((high - low).max()), 1.0), angle)


class HandLandmarker:
    """Finds both hands of a person in one picture after the other."""

    def __init__(self) -> None:
        self._network = MediaPipeNetwork(GRAPH)
        read_weights(self._network, WEIGHTS)
        self._network.eval()

    def find(self, picture: npt.NDArray[np.uint8], image: Float) -> list[Hand]:
        """The left and the right hand. picture: (H, W, 3) uint8 RGB; image: (33, 2) the body's landmarks, pixels."""
        squares = [Square.at_arm(image, arm) for arm in ARMS]
        hands = self._look(picture, squares)
        closer = [number for number, hand in enumerate(hands) if hand.trust > LEAST_PRESENCE]
        if closer:
            again = self._look(picture, [Square.around(hands[number].image) for number in closer], closer)
            for number, hand in zip(closer, again, strict=True):
                hands[number] = hand
        return hands

    def _look(
        self, picture: npt.NDArray[np.uint8], squares: list[Square], sides: list[int] | None = None
    ) -> list[Hand]:
        import cv2

        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cuts = [cv2.warpAffine(picture, square.to_image, (SIZE, SIZE), flags=flags) for square in squares]
        batch = torch.from_numpy(np.stack(cuts).astype(np.float32) / np.float32(255)).permute(0, 3, 1, 2)
        with torch.inference_mode():
            found = {name: value.flatten(1).numpy() for name, value in self._network(batch).items()}
        hands = []
        for row, (square, side) in enumerate(zip(squares, sides or range(len(squares)), strict=True)):
            flat = found["image"][row].reshape(LANDMARKS, 3)[:, :2]
            world = found["world"][row].reshape(LANDMARKS, 3).copy()
            world[:, :2] = world[:, :2] @ square.turn.T
            right = float(found["right"][row, 0])
            hands.append(
                Hand(
                    image=(flat @ square.to_image[:, :2].T + square.to_image[:, 2]).astype(np.float32),
                    # MediaPipe's y points down and its z away from the camera.
                    world=(world * [1, -1, -1]).astype(np.float32),
                    trust=float(found["presence"][row, 0]) * (right if side else 1.0 - right),
                )
            )
        return hands


def _angle(upwards: npt.NDArray[np.floating]) -> float:
    """Clockwise from the picture's up to a direction (2,), y down."""
    return float(np.arctan2(upwards[0], -upwards[1]))

"""MediaPipe's hand landmarks (Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", 2020), looked for
where the body's landmarks say that a hand is."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from ..mediapipe_network import MediaPipeNetwork
from ..turned_square import TurnedSquare, angle_of
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


def square_at_arm(image: Float, arm: tuple[int, int, int, int]) -> TurnedSquare:
    """Where the body's landmarks (33, 2) have a hand."""
    wrist, elbow, index, little = (image[number].astype(np.float64) for number in arm)
    centre = (2 * index + little) / 3
    size = max(2 * np.linalg.norm(centre - wrist), OF_FOREARM * np.linalg.norm(wrist - elbow), 1.0)
    return TurnedSquare(centre, FIRST * float(size), angle_of(centre - wrist))


def closer_square(hand: Float) -> TurnedSquare:
    """Around a hand's landmarks (21, 2), its fingers upwards."""
    return TurnedSquare.around(hand, (hand[5] + 2 * hand[9] + hand[13]) / 4 - hand[0], NEXT)


class HandLandmarker:
    """Finds both hands of a person in one picture after the other."""

    def __init__(self) -> None:
        self._network = MediaPipeNetwork(GRAPH)
        read_weights(self._network, WEIGHTS)
        self._network.eval()

    def find(self, picture: npt.NDArray[np.uint8], image: Float) -> list[Hand]:
        """The left and the right hand. picture: (H, W, 3) uint8 RGB; image: (33, 2) the body's landmarks, pixels."""
        squares = [square_at_arm(image, arm) for arm in ARMS]
        hands = self._look(picture, squares)
        closer = [number for number, hand in enumerate(hands) if hand.trust > LEAST_PRESENCE]
        if closer:
            again = self._look(picture, [closer_square(hands[number].image) for number in closer], closer)
            for number, hand in zip(closer, again, strict=True):
                hands[number] = hand
        return hands

    def _look(
        self, picture: npt.NDArray[np.uint8], squares: list[TurnedSquare], sides: list[int] | None = None
    ) -> list[Hand]:
        cuts = [square.cut(picture, SIZE) for square in squares]
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
                    image=square.placed(flat, SIZE).astype(np.float32),
                    # MediaPipe's y points down and its z away from the camera.
                    world=(world * [1, -1, -1]).astype(np.float32),
                    trust=float(found["presence"][row, 0]) * (right if side else 1.0 - right),
                )
            )
        return hands

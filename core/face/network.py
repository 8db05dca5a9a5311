"""MediaPipe's face mesh (Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs",
2019), looked for where the body's landmarks say that the face is."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from ..mediapipe_network import MediaPipeNetwork
from ..turned_square import TurnedSquare
from ..weights_file import FOLDER, read_weights

GRAPH = Path(__file__).with_name("face_landmarks.json")
WEIGHTS = FOLDER / "face.safetensors"
# Pixels along the square that the network sees.
SIZE = 192
LANDMARKS = 468
# MediaPipe's numbers of the body's landmarks: eyes, ears and corners of the mouth.
EYES, EARS, MOUTH = (2, 5), (7, 8), (9, 10)
# Ways in a face against the way from its eyes to its mouth: between its eyes, and between its ears.
OF_EYES, OF_EARS = 1.0, 2.2
# From the forehead to the chin, against the same; and where its middle is between eyes and mouth.
HEIGHT, MIDDLE = 2.8, 0.4
# The square's side against the face's larger side, as in MediaPipe's graph.
MARGIN = 1.5
# The face mesh's numbers of the outer corners of the eyes, the one on the picture's left first.
CORNERS = (33, 263)
# Below this there is no face to look at more closely.
LEAST_PRESENCE = 0.1

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Face:
    """points: (468, 3) image pixels, x right, y down, and as many pixels further away; trust: 0-1, how surely this is
    a face."""

    points: Float
    trust: float


def square_of(image: Float) -> TurnedSquare:
    """Where the body's landmarks (33, 2) have a face."""
    eyes, mouth = image[list(EYES)].mean(axis=0), image[list(MOUTH)].mean(axis=0)
    across = [np.linalg.norm(image[first] - image[second]) for first, second in (EYES, EARS)]
    size = max(float(np.linalg.norm(eyes - mouth)), float(across[0]) / OF_EYES, float(across[1]) / OF_EARS, 1.0)
    return TurnedSquare(eyes + MIDDLE * (mouth - eyes), MARGIN * HEIGHT * size, 0.0)


def closer_square(points: Float) -> TurnedSquare:
    """Around a face's landmarks (468, 3), upright."""
    along = points[CORNERS[1], :2] - points[CORNERS[0], :2]
    return TurnedSquare.around(points[:, :2].astype(np.float64), np.array([along[1], -along[0]]), MARGIN)


class FaceLandmarker:
    """Finds the face of a person in one picture after the other."""

    def __init__(self) -> None:
        self._network = MediaPipeNetwork(GRAPH)
        read_weights(self._network, WEIGHTS)
        self._network.eval()

    def find(self, picture: npt.NDArray[np.uint8], image: Float) -> Face:
        """picture: (H, W, 3) uint8 RGB; image: (33, 2) the body's landmarks, pixels."""
        face = self.look(picture, square_of(image))
        return self.look(picture, closer_square(face.points)) if face.trust > LEAST_PRESENCE else face

    def look(self, picture: npt.NDArray[np.uint8], square: TurnedSquare) -> Face:
        """The face in a square of a picture."""
        cut = torch.from_numpy(square.cut(picture, SIZE).astype(np.float32) / np.float32(255))
        with torch.inference_mode():
            found = self._network(cut.permute(2, 0, 1)[None])
        points = found["landmarks"].reshape(LANDMARKS, 3).numpy()
        image = square.placed(points[:, :2], SIZE)
        depth = points[:, 2:] * square.side / SIZE
        return Face(np.hstack([image, depth]).astype(np.float32), float(found["presence"].sigmoid()))

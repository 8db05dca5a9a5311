"""The hands' landmarks of a clip, found in every frame that shows the person."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import HANDS, read_arrays
from ..events import Events, progress
from ..job import Job, atomic_write
from ..picture import read_picture

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ClipHands:
    """F frames, the left hand before the right one. frames: (F,); image: (F, 2, 21, 2) image pixels; world:
    (F, 2, 21, 3) metres, camera axes; trust: (F, 2) 0-1, how surely the picture shows the hand."""

    frames: npt.NDArray[np.int32]
    image: Float
    world: Float
    trust: Float

    @classmethod
    def read(cls, job: Job) -> "ClipHands | None":
        """What find_hands wrote; None where nobody looked for hands. Raises RestageError `job_unreadable`."""
        if not job.hands_path.exists():
            return None
        values = read_arrays(job.hands_path, HANDS)
        return cls(**{name: values[name] for name in HANDS})


def find_hands(job: Job, frames: npt.NDArray[np.int32], image: npt.NDArray[np.floating], events: Events) -> None:
    """Write `person/hands.npz`. frames: (F,) whose pictures are in the job; image: (F, 33, 2) the body's landmarks."""
    from .network import LANDMARKS, HandLandmarker

    count = len(frames)
    hands = ClipHands(
        frames.astype(np.int32),
        np.zeros((count, 2, LANDMARKS, 2), np.float32),
        np.zeros((count, 2, LANDMARKS, 3), np.float32),
        np.zeros((count, 2), np.float32),
    )
    landmarker = HandLandmarker()
    for row, number in enumerate(progress(frames.tolist(), events, "hands")):
        found = landmarker.find(read_picture(job.picture_path(number)), image[row].astype(np.float32))
        for side, hand in enumerate(found):
            hands.image[row, side], hands.world[row, side] = hand.image, hand.world
            hands.trust[row, side] = hand.trust
    with atomic_write(job.hands_path) as stream:
        np.savez(stream, **{name: getattr(hands, name) for name in HANDS})

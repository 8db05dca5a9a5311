"""The face's landmarks of a clip, found in every frame that shows the person."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..arrays import FACE, read_arrays
from ..events import Events, progress
from ..job import Job, atomic_write
from ..picture import read_picture

Float = npt.NDArray[np.float32]

# How surely a picture must show a face to be believed at all, and fully; and how many pixels high.
DOUBTFUL, SURE = 0.5, 0.95
LOW, HIGH = 16.0, 32.0


@dataclass(frozen=True)
class ClipFace:
    """F frames. frames: (F,); points: (F, 468, 3) image pixels, x right, y down, z as many pixels further away; trust:
    (F,) 0-1, how surely the picture shows the face."""

    frames: npt.NDArray[np.int32]
    points: Float
    trust: Float

    @cached_property
    def belief(self) -> Float:
        """(F,) 0-1 how far each frame's landmarks are believed: by their trust, and by how high they are in pixels."""
        height = np.ptp(self.points[..., 1], axis=1)
        sure = np.clip((self.trust - DOUBTFUL) / (SURE - DOUBTFUL), 0.0, 1.0)
        return (sure * np.clip((height - LOW) / (HIGH - LOW), 0.0, 1.0)).astype(np.float32)

    @classmethod
    def read(cls, job: Job) -> "ClipFace | None":
        """What find_faces wrote; None where nobody looked for faces. Raises RestageError `job_unreadable`."""
        if not job.face_path.exists():
            return None
        values = read_arrays(job.face_path, FACE)
        return cls(**{name: values[name] for name in FACE})


def find_faces(job: Job, frames: npt.NDArray[np.int32], image: npt.NDArray[np.floating], events: Events) -> None:
    """Write `person/face.npz`. frames: (F,) whose pictures are in the job; image: (F, 33, 2) the body's landmarks."""
    from .network import LANDMARKS, FaceLandmarker

    points = np.zeros((len(frames), LANDMARKS, 3), np.float32)
    trust = np.zeros(len(frames), np.float32)
    landmarker = FaceLandmarker()
    for row, number in enumerate(progress(frames.tolist(), events, "face")):
        face = landmarker.find(read_picture(job.picture_path(number)), image[row].astype(np.float32))
        points[row], trust[row] = face.points, face.trust
    with atomic_write(job.face_path) as stream:
        np.savez(stream, frames=frames.astype(np.int32), points=points, trust=trust)

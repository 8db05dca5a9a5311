"""Points all over the body, with their depths, that the picture network sees in every frame of a clip."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import POINTS, read_arrays
from ..events import Events, progress
from ..job import Job, atomic_write
from ..picture import read_mask, read_picture

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ClipPoints:
    """F frames, Q points: the 33 landmarks, then those of surface_points.py; everything in sides of the frame's crop.

    frames: (F,); image: (F, Q, 2) from the crop's middle, x right, y down; depth: (F, Q) towards the camera from the
    hips' middle, in lengths of a side at the hips; errors: (F, Q, 2) mean absolute errors to be expected of image and
    depth.
    """

    frames: npt.NDArray[np.int32]
    image: Float
    depth: Float
    errors: Float

    @classmethod
    def read(cls, job: Job) -> "ClipPoints | None":
        """What find_points wrote; None where nobody looked for points. Raises RestageError `job_unreadable`."""
        if not job.points_path.exists():
            return None
        values = read_arrays(job.points_path, POINTS)
        return cls(**{name: values[name] for name in POINTS})


def find_points(job: Job, frames: npt.NDArray[np.int32], events: Events) -> None:
    """Write `person/points.npz`. frames: (F,) whose pictures, masks and crops are in the job."""
    from .look import Looker
    from .picture_network import QUERIES

    count, crops, looker = len(frames), job.crops(), Looker()
    points = ClipPoints(
        frames.astype(np.int32),
        np.zeros((count, QUERIES, 2), np.float32),
        np.zeros((count, QUERIES), np.float32),
        np.zeros((count, QUERIES, 2), np.float32),
    )
    for row, number in enumerate(progress(frames.tolist(), events, "points")):
        mask = np.float32(1 / 255) * read_mask(job.mask_path(number))
        found = looker.find(read_picture(job.picture_path(number)), mask, crops[number])
        points.image[row], points.depth[row], points.errors[row] = found
    with atomic_write(job.points_path) as stream:
        np.savez(stream, **{name: getattr(points, name) for name in POINTS})

"""A camera file: how a camera turned, frame by frame.

Standard library and numpy only: Blender reads `body/camera.npz` through this module.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .arrays import CAMERA, read_arrays, unreadable
from .job import atomic_write

Floats = npt.NDArray[np.float64]

# What half an hour of turns, each multiplied onto the one before, leaves of their right angles, and more.
SKEW = 0.01


def write_camera(path: Path, turns: Mapping[int, Floats]) -> None:
    """Write frames (N,) int32 and turns (N, 3, 3) float32, from each frame's axes to the first frame's."""
    with atomic_write(path) as stream:
        np.savez(stream, frames=np.array(list(turns), np.int32), turns=np.array(list(turns.values()), np.float32))


def read_camera(path: Path) -> dict[int, npt.NDArray[np.float32]]:
    """What write_camera wrote, (3, 3) rotations by frame number. Raises RestageError `job_unreadable`, also for
    matrices that do not turn."""
    values = read_arrays(path, CAMERA)
    turns = values["turns"]
    squares = np.einsum("nij,nkj->nik", turns, turns, dtype=np.float64)
    if (np.abs(squares - np.eye(3)) > SKEW).any() or (np.linalg.det(turns.astype(np.float64)) < 0).any():
        raise unreadable(path, "its turns are no rotations")
    return dict(zip(values["frames"].tolist(), turns, strict=True))

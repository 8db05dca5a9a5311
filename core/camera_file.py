"""A camera file: how a camera turned, and where it went, frame by frame.

Standard library and numpy only: Blender reads `body/camera.npz` through this module.
"""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .arrays import CAMERA, CAMERA_WAY, read_arrays, unreadable
from .job import Job, atomic_write
from .spaces import StillWorld

Floats = npt.NDArray[np.floating]

# What half an hour of turns, each multiplied onto the one before, leaves of their right angles, and more.
SKEW = 0.01


@dataclass(frozen=True)
class CameraMotion:
    """turns: (N, 3, 3) rotations from each frame's axes to those of the first frame; places: (N, 3) in the first one's
    axes, None where the camera stays where it is; rows: of both, by frame number."""

    rows: dict[int, int]
    turns: npt.NDArray[np.float32]
    places: npt.NDArray[np.float32] | None


def write_camera(path: Path, turns: Mapping[int, Floats], places: Floats | None = None) -> None:
    """Write frames (N,) int32, turns (N, 3, 3) float32 and, where there are any, places (N, 3) float32."""
    more = {} if places is None else {"places": np.asarray(places, np.float32)}
    with atomic_write(path) as stream:
        np.savez(
            stream,
            frames=np.array(list(turns), np.int32),
            turns=np.array(list(turns.values()), np.float32),
            **more,
        )


def read_camera(path: Path) -> CameraMotion:
    """What write_camera wrote. Raises RestageError `job_unreadable`, also for matrices that do not turn."""
    values = read_arrays(path, CAMERA)
    turns = values["turns"]
    squares = np.einsum("nij,nkj->nik", turns, turns, dtype=np.float64)
    if (np.abs(squares - np.eye(3)) > SKEW).any() or (np.linalg.det(turns.astype(np.float64)) < 0).any():
        raise unreadable(path, "its turns are no rotations")
    with zipfile.ZipFile(path) as archive:
        goes = "places.npy" in archive.namelist()
    places = read_arrays(path, CAMERA_WAY)["places"] if goes else None
    return CameraMotion({number: row for row, number in enumerate(values["frames"].tolist())}, turns, places)


def read_still_world(job: Job) -> StillWorld:
    """The world that stands still, of a job whose body is fitted. Raises RestageError `job_unreadable`."""
    camera = job.camera()
    if not job.world_turns_path.exists():
        return StillWorld(camera, [], np.zeros((0, 3, 3)), np.zeros((0, 3)))
    motion = read_camera(job.world_turns_path)
    rows = list(motion.rows.values())
    turns = motion.turns[rows].astype(np.float64)
    ways = np.zeros((len(rows), 3)) if motion.places is None else motion.places[rows]
    return StillWorld(camera, list(motion.rows), turns, camera.camera_to_world[:3, 3] + ways)

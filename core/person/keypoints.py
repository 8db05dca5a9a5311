"""Keypoints that the user brings: OpenPose's JSON files beside pictures or for the frames of a clip."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..arrays import KEYPOINTS, read_arrays
from ..job import Job, atomic_write
from ..source import KEYPOINTS_MARK, frame_number, numbered_files

# BODY_25: x, y and confidence of 25 joints.
Joints = npt.NDArray[np.float32]


def keypoints_of_frames(folder: Path, numbers: npt.NDArray[np.int32], scale: float) -> dict[int, Joints]:
    """The files `…NUMBER_keypoints.json` of a folder for these frames: {number: (25, 3)}.

    scale: from the files' pixels to those of the job's pictures. A frame without a file has no entry. Raises
    RestageError `input_missing` and `keypoints_unreadable`.
    """
    from .openpose import read_body_25

    files = {frame_number(name): path for name, path in numbered_files(folder, KEYPOINTS_MARK, (".json",)).items()}
    chosen = {int(number): files[int(number)] for number in numbers if int(number) in files}
    return {number: read_body_25(path) * np.array([scale, scale, 1.0], np.float32) for number, path in chosen.items()}


def write_keypoints(job: Job, joints: Mapping[int, Joints]) -> None:
    """Write `person/keypoints.npz`: frames (F,) int32; joints (F, 25, 3) float32, image pixels and confidence."""
    numbers = sorted(joints)
    with atomic_write(job.keypoints_path) as stream:
        np.savez(
            stream,
            frames=np.array(numbers, np.int32),
            joints=np.array([joints[number] for number in numbers], np.float32).reshape(-1, 25, 3),
        )


def read_keypoints(job: Job) -> dict[int, Joints]:
    """What write_keypoints wrote; empty when the user brought none."""
    if not job.keypoints_path.exists():
        return {}
    values = read_arrays(job.keypoints_path, KEYPOINTS)
    return {int(number): joints for number, joints in zip(values["frames"], values["joints"], strict=True)}

"""Reads OpenPose's JSON files."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from ..job_check import read_json

BODY_25 = 25
# No file of one frame comes near this; a larger one is something else.
LARGEST_FILE = 10_000_000


def read_body_25(path: Path) -> npt.NDArray[np.float32]:
    """(25, 3) x and y in the file's own pixels and confidence, of the first person in a BODY_25 file.

    Joints that were not found, and all of them when the file holds nobody, have confidence 0. Raises RestageError
    `keypoints_unreadable`.
    """
    try:
        people = read_json(path, LARGEST_FILE)["people"]
        if not people:
            return np.zeros((BODY_25, 3), np.float32)
        joints = np.array(people[0]["pose_keypoints_2d"], np.float32)
        if joints.shape != (BODY_25 * 3,):
            raise ValueError(f"a person has {joints.size} numbers, not 75")
        joints = joints.reshape(BODY_25, 3)
    except (OSError, ValueError, KeyError, TypeError, IndexError, OverflowError) as error:
        raise RestageError(
            "keypoints_unreadable",
            f"{path} is not an OpenPose file of the model BODY_25 ({type(error).__name__}: {error}). Remove it, or"
            " write it again with OpenPose's --model_pose BODY_25.",
        ) from error
    joints[~np.isfinite(joints).all(axis=1)] = 0.0
    return joints

"""PaMIR's own camera in Restage's world, for pictures that no clip's camera belongs to."""

import numpy as np

from ..arrays import LANDMARKS, read_arrays
from ..body.model import BodyModel
from ..job import Job, atomic_write
from ..spaces import CROP_SIZE, Camera

# PaMIR's camera (pamir.md 5): pixels in a picture of CROP_SIZE, canonical units from the volume's centre.
FOCAL = 5000.0
DISTANCE = 10.0
# A person of 1.75 m fills 0.8 of the volume, as crops are made.
METRES_PER_UNIT = 1.75 / 0.8
# The soles of a person who fills 0.8 of the volume, centred.
FLOOR = -0.4


def run_camera(job: Job) -> None:
    """Write `body/body.npz` with PaMIR's camera, the person at DISTANCE in every frame, and no body.

    Every picture has a scale of its own, so all people stand on one floor only as well as their crops are made.
    """
    model = BodyModel.load()
    frames = read_arrays(job.landmarks_path, LANDMARKS, "frames")["frames"]
    count, bones = len(frames), len(model.bone_names)
    root = np.array([0.0, -FLOOR, 0.0]) * METRES_PER_UNIT
    pose = np.eye(4)
    pose[:3, 3] = root + [0.0, 0.0, DISTANCE * METRES_PER_UNIT]
    camera = Camera(FOCAL, (CROP_SIZE / 2, CROP_SIZE / 2), CROP_SIZE, CROP_SIZE, pose)
    with atomic_write(job.body_path) as stream:
        np.savez(
            stream,
            frames=frames,
            shape=np.zeros(model.shape_count, np.float32),
            scale=np.float32(1.0),
            rotations=np.zeros((count, bones, 3), np.float32),
            translation=np.tile(root.astype(np.float32), (count, 1)),
            joints=np.full((count, bones, 3), np.nan, np.float32),
            landmarks=np.full((count, 33, 3), np.nan, np.float32),
            joint_names=np.array(model.bone_names),
            focal=np.float64(camera.focal),
            centre=np.array(camera.centre),
            image_size=np.array([camera.width, camera.height], np.int32),
            camera_to_world=pose,
        )

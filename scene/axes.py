"""From the job's world (+Y up, +Z towards the camera) to Blender's (+Z up, -Y towards the camera), both in metres."""

import numpy as np
import numpy.typing as npt

# (x, y, z) -> (x, -z, y): a quarter turn around x.
TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def points_to_blender(points: npt.NDArray) -> npt.NDArray[np.float32]:
    """(..., 3) job world -> (..., 3) float32 Blender world."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1).astype(np.float32)


def points_to_job(points: npt.NDArray) -> npt.NDArray[np.float32]:
    """(..., 3) Blender world -> (..., 3) float32 job world."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1).astype(np.float32)


def transform_to_blender(transform: npt.NDArray) -> npt.NDArray[np.float64]:
    """(4, 4) local to job world -> (4, 4) the same local axes to Blender world."""
    result = np.array(transform, np.float64)
    result[:3] = TO_BLENDER @ result[:3]
    return result

"""Left and right exchanged."""

import numpy as np

from .landmarker import Pose

# MediaPipe's landmarks with left and right exchanged.
MIRRORED = np.array(
    [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9]
    + [12, 11, 14, 13, 16, 15, 18, 17, 20, 19, 22, 21]
    + [24, 23, 26, 25, 28, 27, 30, 29, 32, 31]
)


def mirror_pose(pose: Pose, width: int) -> Pose:
    """The pose of a mirrored picture, `width` pixels wide, as it is in the picture itself."""
    image = pose.image[MIRRORED]
    return Pose(
        image=np.stack([width - image[:, 0], image[:, 1]], axis=1),
        visibility=pose.visibility[MIRRORED],
        world=pose.world[MIRRORED] * np.array([-1, 1, 1], np.float32),
        mask=np.ascontiguousarray(pose.mask[:, ::-1]),
    )

"""The 2D keypoints that the body is fitted to: PaMIR's 24, of which OpenPose or MediaPipe sees 17."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..spaces import CROP_SIZE

Array = npt.NDArray[np.float32]

COUNT = 24
# The joint that each keypoint is, or -1: right and left leg from the ankle to the hip and down again, right and left
# arm, seven that no 2D detector gives, the face (pamir.md 5).
NOWHERE = [-1] * 7
BODY_25 = [11, 10, 9, 12, 13, 14, 4, 3, 2, 5, 6, 7, *NOWHERE, 0, 16, 15, 18, 17]
MEDIAPIPE = [28, 26, 24, 23, 25, 27, 16, 14, 12, 11, 13, 15, *NOWHERE, 0, 2, 5, 7, 8]


@dataclass(frozen=True)
class Keypoints:
    """points: (24, 2) float32 in [-1, 1] of the crop, x right, y down; confidence: (24,) float32, 0 where a keypoint
    is not known; its point is 0 then and counts for nothing."""

    points: Array
    confidence: Array

    @classmethod
    def from_body_25(cls, pixels: npt.NDArray[np.floating], confidence: npt.NDArray[np.floating]) -> "Keypoints":
        """From OpenPose's joints: (25, 2) crop pixels and (25,)."""
        return cls._chosen(BODY_25, pixels, confidence)

    @classmethod
    def from_landmarks(cls, pixels: npt.NDArray[np.floating], visibility: npt.NDArray[np.floating]) -> "Keypoints":
        """From MediaPipe's landmarks: (33, 2) crop pixels and (33,)."""
        return cls._chosen(MEDIAPIPE, pixels, visibility)

    @classmethod
    def _chosen(
        cls, joints: list[int], pixels: npt.NDArray[np.floating], confidence: npt.NDArray[np.floating]
    ) -> "Keypoints":
        index = np.array(joints)
        known = (index >= 0) & (confidence[index] > 0)
        points = np.where(known[:, None], pixels[index] * (2.0 / CROP_SIZE) - 1.0, 0.0)
        return cls(points.astype(np.float32), np.where(known, confidence[index], 0.0).astype(np.float32))

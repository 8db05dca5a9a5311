"""MediaPipe's pose landmarks and pose mask of every frame; the same with every mediapipe from 0.10.21 on."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from .bundle import BUNDLE_PATH

LANDMARK_COUNT = 33
# MediaPipe smooths landmarks with a causal filter, which lags behind fast limbs. Its strength follows from the time
# between frames, so frames that claim to be a second apart pass through it unchanged; track.py then smooths in both
# directions.
FRAME_SPACING_MS = 1000
# MediaPipe looks for the person around where the frame before showed them. After a longer step (seconds) they may be
# elsewhere, so the search starts anew.
LONGEST_STEP = 0.25
# The landmark network sees the person at 256 x 256; a larger picture costs time and adds nothing.
LONGEST_SIDE = 960
# People that are looked for in one picture, or in one part of it.
MOST_PEOPLE = 6


@dataclass(frozen=True)
class Pose:
    """What MediaPipe sees in one frame.

    image: (33, 2) float32, image pixels; visibility: (33,) float32, 0-1; world: (33, 3) float32, metres from the
    hips' centre, x right, y up, z towards the camera; mask: (h, w) float32, probability of the person, at the size
    of the reduced picture that the network got.
    """

    image: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.float32]
    world: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32]


class PoseLandmarker:
    """Follows one person through the frames of a clip, which must come in order. Use it in a `with` statement."""

    def __init__(self) -> None:
        self._landmarker = self._start()
        self._count = 0
        self._time: float | None = None

    @staticmethod
    def _start() -> Any:
        """A tracker that has seen nothing and looks for a person everywhere."""
        return _network("VIDEO", 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._landmarker.close()

    def find(self, picture: npt.NDArray[np.uint8], time: float) -> Pose | None:
        """The person in `picture` (H, W, 3) uint8 RGB, taken at `time` seconds, or None when there is nobody."""
        import mediapipe

        if self._time is not None and abs(time - self._time) > LONGEST_STEP:
            self._landmarker.close()
            self._landmarker = self._start()
        self._time = time
        reduced = reduce_picture(picture, LONGEST_SIDE)
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=reduced)
        result = self._landmarker.detect_for_video(image, self._count * FRAME_SPACING_MS)
        self._count += 1
        return next(iter(_poses(result, picture.shape, reduced.shape)), None)


class PoseFinder:
    """Finds everybody in single pictures, each looked at by itself. Use it in a `with` statement."""

    def __init__(self) -> None:
        self._landmarker = _network("IMAGE", MOST_PEOPLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._landmarker.close()

    def find(self, picture: npt.NDArray[np.uint8]) -> list[Pose]:
        """The people in `picture` (H, W, 3) uint8 RGB; one person may be found twice."""
        import mediapipe

        reduced = reduce_picture(picture, LONGEST_SIDE)
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=reduced)
        return _poses(self._landmarker.detect(image), picture.shape, reduced.shape)


def _network(mode: str, people: int) -> Any:
    """MediaPipe's landmarker in a running mode, VIDEO or IMAGE, for so many people at once."""
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=BUNDLE_PATH.read_bytes()),
        running_mode=vision.RunningMode[mode],
        num_poses=people,
        output_segmentation_masks=True,
    )
    return vision.PoseLandmarker.create_from_options(options)


def _poses(result: Any, shape: tuple[int, ...], reduced: tuple[int, ...]) -> list[Pose]:
    """What the network says, in the pixels of a picture of `shape`; `reduced`: the shape that the network got."""
    height, width = shape[:2]
    if not result.segmentation_masks:
        return []
    return [
        Pose(
            image=np.array([[p.x * width, p.y * height] for p in landmarks], np.float32),
            visibility=np.array([p.visibility for p in landmarks], np.float32),
            # MediaPipe's y points down and its z away from the camera.
            world=np.array([[p.x, -p.y, -p.z] for p in world], np.float32),
            mask=np.array(mask.numpy_view(), np.float32).reshape(reduced[:2]),
        )
        for landmarks, world, mask in zip(
            result.pose_landmarks, result.pose_world_landmarks, result.segmentation_masks, strict=True
        )
    ]


def reduce_picture(picture: npt.NDArray[np.uint8], longest_side: int) -> npt.NDArray[np.uint8]:
    """The picture (H, W, 3), contiguous, made smaller when its longer side exceeds `longest_side` pixels."""
    import cv2

    height, width = picture.shape[:2]
    scale = longest_side / max(height, width)
    if scale >= 1.0:
        return np.ascontiguousarray(picture)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)

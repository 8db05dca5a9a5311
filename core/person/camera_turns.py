"""How a moving camera turned, from what its picture shows around the person.

Only turning is found (pan, tilt and roll): it moves the whole background alike, however far away it is. A camera that
also travels is followed as far as its distant background goes; that it does so is found elsewhere (travel.py).
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..arrays import unreadable
from ..camera_file import CameraMotion, read_camera
from ..job import Job
from .landmarker import reduce_picture

# Pixels along the longer side of the pictures that are compared.
SIDE = 640
MOST_POINTS, FEWEST_POINTS = 300, 24
# How far a point may be from where the turn puts it, pixels, and the share of points that must be closer.
LARGEST_ERROR, FEWEST_AGREEING = 1.5, 0.5
# A new picture to compare with is taken when the view has moved so far, as a share of the longer side.
RENEWAL = 0.12
# The person's box is enlarged by this share of its size, so that no point is on the person.
MARGIN = 0.15
# A camera whose view moves less, as a share of the longer side, stands still.
STILL = 0.006
# From this share on the background grows or shrinks.
LARGEST_GROWTH = 0.05
# From this share of frames on in which the background says nothing, it is not believed at all.
MOST_UNKNOWN = 0.3

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


class CameraTurns:
    """Gets the frames of a clip in order. focal: the focal length against the picture's longer side."""

    def __init__(self, focal: float = 1.0) -> None:
        self._focal = focal
        self._numbers: list[int] = []
        self._turns: list[Floats] = []
        self._known: list[bool] = []
        # Logarithms of how large the background is against the first frame's.
        self._sizes: list[float] = []
        self._key_size = self._size = 0.0
        # The picture that later ones are compared with, and the frame before.
        self._key: Bytes | None = None
        self._before: tuple[Bytes, npt.NDArray[np.float32] | None] | None = None
        self._key_turn = np.eye(3)
        self._points = np.zeros((0, 2), np.float32)
        self._guess = np.zeros((0, 2), np.float32)

    def add(self, number: int, picture: Bytes, person: npt.NDArray[np.float32] | None) -> None:
        """Take in the next frame (H, W, 3) uint8 RGB; person: landmarks (33, 2) in its pixels, if there are any."""
        import cv2

        scale = SIDE / max(picture.shape[:2])
        grey = np.asarray(cv2.cvtColor(reduce_picture(picture, SIDE), cv2.COLOR_RGB2GRAY), np.uint8)
        person = None if person is None else person * min(1.0, scale)
        turn = self._turn_since_key(grey)
        if turn is None and self._before is not None:
            # Too much has changed since the picture compared with; the one before is nearer.
            self._renew_key(*self._before)
            turn = self._turn_since_key(grey)
        self._numbers.append(number)
        self._known.append(turn is not None or self._before is None)
        last = self._turns[-1] if self._turns else np.eye(3)
        self._turns.append(last if turn is None else self._key_turn @ turn)
        self._sizes.append(self._size)
        if turn is None or self._moved(turn) > RENEWAL:
            self._renew_key(grey, person)
        self._before = (grey, person)

    def _renew_key(self, grey: Bytes, person: npt.NDArray[np.float32] | None) -> None:
        """Compare with this picture from now on; its turn is the last one known."""
        self._key, self._key_turn, self._key_size = grey, self._turns[-1], self._sizes[-1]
        self._points = self._guess = _background_points(grey, person)

    def moves(self) -> bool:
        """Whether the picture moves as a whole, also where the background does not say how."""
        return self._unclear() or max(map(self._moved, self._turns), default=0.0) > STILL

    def grows(self) -> bool:
        """Whether the background grows or shrinks, as a camera makes it that zooms or goes forwards or backwards."""
        return bool(self._sizes) and float(np.ptp(self._sizes)) > LARGEST_GROWTH

    def finish(self) -> dict[int, Floats] | None:
        """(3, 3) rotations from each frame's camera axes to the first frame's, by frame number; None when the camera
        stands still, or the background does not say how it moves."""
        if not self._turns or self._unclear():
            return None
        if max(self._moved(turn) for turn in self._turns) < STILL:
            return None
        return dict(zip(self._numbers, self._turns, strict=True))

    def _unclear(self) -> bool:
        return bool(self._known) and float(np.mean(self._known)) < 1.0 - MOST_UNKNOWN

    def _turn_since_key(self, grey: Bytes) -> Floats | None:
        import cv2

        if self._key is None or self._key.shape != grey.shape or len(self._points) < FEWEST_POINTS:
            return None
        found, ok, _ = cv2.calcOpticalFlowPyrLK(
            self._key, grey, self._points, self._guess.copy(), flags=cv2.OPTFLOW_USE_INITIAL_FLOW
        )
        self._guess = np.asarray(found, np.float32)
        seen = ok[:, 0] > 0
        if seen.sum() < FEWEST_POINTS:
            return None
        motion, agreeing = cv2.estimateAffinePartial2D(
            self._points[seen], self._guess[seen], method=cv2.RANSAC, ransacReprojThreshold=2 * LARGEST_ERROR
        )
        if motion is None or agreeing.sum() < FEWEST_POINTS:
            return None
        inliers = np.flatnonzero(seen)[agreeing[:, 0] > 0]
        key_rays, rays = self._rays(self._points, grey.shape), self._rays(self._guess, grey.shape)
        turn = _rotation(rays[inliers], key_rays[inliers])
        turned, flat = (part[:, :2] / -part[:, 2:] for part in (rays @ turn.T, key_rays))
        # How much the background has grown besides what turning does to it.
        self._size = self._key_size + float(np.log(turned[inliers].std(axis=0).sum() / flat[inliers].std(axis=0).sum()))
        errors = np.linalg.norm(turned - flat, axis=1) * self._focal * max(grey.shape)
        if (errors[inliers] < LARGEST_ERROR).sum() < FEWEST_AGREEING * seen.sum():
            return None
        return turn

    def _rays(self, points: npt.NDArray[np.float32], shape: tuple[int, ...]) -> Floats:
        """(N, 2) pixels -> (N, 3) unit vectors in camera axes: x right, y up, looking along -z."""
        flat = (points + 0.5 - np.array(shape[1::-1]) / 2) / (self._focal * max(shape)) * [1.0, -1.0]
        rays = np.concatenate([flat, -np.ones((len(flat), 1))], axis=1)
        return rays / np.linalg.norm(rays, axis=1, keepdims=True)

    def _moved(self, turn: Floats) -> float:
        """How far a turn moves the middle or a side of the picture, as a share of its longer side."""
        rays = np.array([[0.0, 0.0, -1.0], [0.5 / self._focal, 0.0, -1.0]])
        turned = rays @ turn.T
        return float(np.abs(turned / np.maximum(-turned[:, 2:], 0.1) - rays).max()) * self._focal


def read_turns(job: Job, frames: npt.NDArray[np.integer], focal: float) -> npt.NDArray[np.float32] | None:
    """(F, 3, 3) rotations from the camera axes of each of the frames to those of the clip's first; None when the
    camera stood still.

    focal: against the picture's longer side. Raises RestageError `job_unreadable`.
    """
    if not job.camera_turns_path.exists():
        return None
    motion = read_camera(job.camera_turns_path)
    return through_lens(motion.turns[rows_of(motion, frames, job.camera_turns_path)], focal).astype(np.float32)


def rows_of(motion: CameraMotion, frames: npt.NDArray[np.integer], path: Path) -> list[int]:
    """The rows of frames in a camera file. Raises RestageError `job_unreadable`."""
    lacking = [number for number in frames.tolist() if number not in motion.rows]
    if lacking:
        raise unreadable(path, f"it says nothing about frame {lacking[0]}")
    return [motion.rows[number] for number in frames.tolist()]


def through_lens(turns: npt.NDArray[np.floating], focal: float) -> Floats:
    """The turns (F, 3, 3) that shift the picture as much as these do, with a lens that is so many times longer: smaller
    ones, but for rolling."""
    from scipy.spatial.transform import Rotation

    vectors = Rotation.from_matrix(turns).as_rotvec()
    vectors[:, :2] /= focal
    return Rotation.from_rotvec(vectors).as_matrix()


def _background_points(grey: Bytes, person: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
    """(N, 2) corners of the picture, in pixels, none of them on the person."""
    import cv2

    points = cv2.goodFeaturesToTrack(grey, MOST_POINTS, 0.01, 8, mask=beside(person, grey.shape))
    return np.zeros((0, 2), np.float32) if points is None else np.asarray(points, np.float32)[:, 0]


def beside(person: npt.NDArray[np.float32] | None, shape: tuple[int, ...]) -> Bytes:
    """(H, W) uint8, 0 in the enlarged box of the person's landmarks (33, 2), else 255."""
    free = np.full(shape, 255, np.uint8)
    if person is not None:
        margin = MARGIN * np.ptp(person, axis=0).max()
        low = np.clip(person.min(axis=0) - margin, 0, None).astype(int)
        high = np.clip(person.max(axis=0) + margin, 0, None).astype(int)
        free[low[1] : high[1] + 1, low[0] : high[0] + 1] = 0
    return free


def _rotation(source: Floats, target: Floats) -> Floats:
    """The rotation that takes unit vectors (N, 3) nearest to others (Kabsch 1976)."""
    left, _, right = np.linalg.svd(target.T @ source)
    handed = np.diag([1.0, 1.0, np.linalg.det(left @ right)])
    return np.asarray(left @ handed @ right, np.float64)

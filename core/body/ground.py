"""Which way is up, where the floor is, and when feet stand: what turns the camera's axes into the world's."""

import numpy as np

from .fit import BodyMotion

ANKLES = (27, 28)
FEET = [27, 28, 29, 30, 31, 32]

# A standing foot moves less than this, metres a second: across the view, where landmarks are sure, and in all
# directions, where depth trembles. A swinging foot moves at 2 to 5.
STANDING_SPEED_ACROSS, STANDING_SPEED = 0.15, 0.6
# Seconds over which a speed is measured; of frames further apart, a foot may have gone elsewhere and come back.
MOMENT = 0.2
# How far above the lowest foot of its moment a standing foot may be, metres: a stair, a beam, a heel.
STANDING_HEIGHT = 0.12
# How sure we are, in radians, that a camera is held level (pitch, roll) and that a standing person is upright; cameras
# that are pitched are so by any angle, so their spread is at least that share of it.
CAMERA_PITCH_SPREAD, CAMERA_ROLL_SPREAD = 0.20, 0.05
BODY_PITCH_SPREAD, BODY_ROLL_SPREAD = 0.15, 0.06
PITCHED = 0.5
# Degrees between trunk and legs of somebody who stands straight, and the share of standing frames that must be so: who
# bends down leans with a reason, who is straight would fall.
STRAIGHT, OFTEN = 25.0, 0.3


def find_up(motion: BodyMotion, names: tuple[str, ...]) -> np.ndarray:
    """(3,) unit vector against gravity, in the camera's axes.

    Cameras are mostly held level, and people who stand with straight legs are mostly upright, above all where the
    trunk goes on as the legs do; each says it with its own uncertainty, forwards (pitch) and sideways (roll), and the
    two are averaged.
    """
    joints = motion.joints
    head, hips = joints[:, names.index("head")], joints[:, names.index("root")]
    ankles = motion.landmarks[:, ANKLES].mean(axis=1)
    axis = _directions(head - ankles)
    leg = np.linalg.norm(hips - ankles, axis=1)
    standing = leg > 0.93 * np.quantile(leg, 0.9)
    bent = (_directions(head - hips) * _directions(hips - ankles)).sum(axis=1)
    straight = standing & (bent > np.cos(np.radians(STRAIGHT)))
    often = straight.sum() > OFTEN * standing.sum()
    upright = axis[straight if often else standing].mean(axis=0)
    roll, pitch = np.arctan2(upright[0], upright[1]), np.arctan2(upright[2], upright[1])
    camera_pitch_spread = max(CAMERA_PITCH_SPREAD, PITCHED * abs(pitch) * often)
    roll *= _trust(CAMERA_ROLL_SPREAD, BODY_ROLL_SPREAD)
    pitch *= _trust(camera_pitch_spread, BODY_PITCH_SPREAD)
    up = np.array([np.tan(roll), 1.0, np.tan(pitch)])
    return up / np.linalg.norm(up)


def find_contacts(landmarks: np.ndarray, up: np.ndarray, frame_seconds: float) -> np.ndarray:
    """(F - 1, 33) float32, 1 where a foot landmark stands still from one frame to the next.

    landmarks: (F, 33, 3) metres, camera axes; up: (3,). Speeds are averaged over a fifth of a second, since landmarks
    tremble; between frames further apart a standing foot goes no further than in such a moment.
    """
    seconds = min(frame_seconds, MOMENT)
    heights = landmarks @ up
    contacts = np.zeros((len(landmarks) - 1, 33), np.float32)
    smooth = _moving_average(landmarks[:, FEET], round(MOMENT / 2 / frame_seconds))
    speed = np.linalg.norm(np.diff(smooth, axis=0), axis=-1) / seconds
    depth = -smooth[..., 2:]
    across = np.linalg.norm(np.diff(smooth[..., :2] / depth, axis=0), axis=-1) * depth[1:, :, 0] / seconds
    lowest = heights[:, FEET].min(axis=1)
    low = heights[:, FEET] - lowest[:, None] < STANDING_HEIGHT
    standing = (across < STANDING_SPEED_ACROSS) & (speed < STANDING_SPEED)
    contacts[:, FEET] = standing & low[1:] & low[:-1]
    return contacts


def find_floor(lowest: np.ndarray) -> float:
    """Height of the floor from each frame's lowest point of the body, metres: the level most frames stand on.

    Jumps leave it upwards and stumbles of the fit downwards, so a low quantile is taken, not the minimum.
    """
    return float(np.quantile(lowest, 0.1))


def camera_pose(up: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """(4, 4) camera-to-world transform: y along `up`, z level and towards the camera, zero at `origin` (3,) which is
    given in the camera's axes."""
    level = np.array([0.0, 0.0, 1.0]) - up * up[2]
    level /= np.linalg.norm(level)
    rotation = np.stack([np.cross(up, level), up, level])
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = -rotation @ origin
    return pose


def _trust(camera_spread: float, body_spread: float) -> float:
    """Weight of the body's axis against the camera's, inverse to their variances."""
    return camera_spread**2 / (camera_spread**2 + body_spread**2)


def _directions(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _moving_average(values: np.ndarray, radius: int) -> np.ndarray:
    """(F, ...) averaged over frames -radius..radius, edges repeated."""
    padded = np.concatenate([np.repeat(values[:1], radius, 0), values, np.repeat(values[-1:], radius, 0)])
    total = np.cumsum(np.concatenate([np.zeros_like(padded[:1]), padded]), axis=0)
    width = 2 * radius + 1
    return (total[width:] - total[:-width]) / width

"""The reference motions of DeepMimic (Peng et al., SIGGRAPH 2018), as turns of an avatar's bones."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import RestageError

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]

# A frame: its duration, the root's place and turn, then the joints' turns as quaternions (w, x, y, z), or as one
# angle about z for knees and elbows, in this order.
ROOT_PLACE, ROOT = slice(1, 4), slice(4, 8)
BALLS = {
    "chest": 8, "neck": 12, "right_hip": 16, "right_ankle": 21, "right_shoulder": 25, "left_hip": 30, "left_ankle": 35,
    "left_shoulder": 39,
}  # fmt: skip
HINGES = {"right_knee": 20, "right_elbow": 29, "left_knee": 34, "left_elbow": 43}
VALUES = 44
# Its people look along x, with y up and their right along z; avatars look along z.
TO_AVATAR = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
RATE = 30
LARGEST_VALUE = 1000.0


def read_deepmimic(path: Path) -> tuple[dict[str, Float], Float]:
    """Turns (F, 3, 3) from the T-pose in world axes by an avatar's bone, and the root's places (F, 3) in metres, at 30
    frames a second. Raises RestageError `motion_unreadable`."""
    try:
        frames = np.array(json.loads(path.read_text(encoding="utf-8"))["Frames"], dtype=np.float64)
        if frames.ndim != 2 or frames.shape[1] != VALUES or len(frames) < 2:
            raise ValueError(f"it has frames of {frames.shape} values")
        # Metres, seconds and turns.
        if not (np.abs(frames) < LARGEST_VALUE).all() or not (frames[:, 0] >= 0.0).all():
            raise ValueError("it holds values that no motion has")
        turns = _turns(frames)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RestageError(
            "motion_unreadable",
            f"{path} is not a DeepMimic motion ({type(error).__name__}: {error}). Remove it from the folder that"
            " --motions names, or replace it.",
        ) from error
    before, share = _steps(frames[:, 0])
    places = frames[:, ROOT_PLACE] @ TO_AVATAR.T
    place = places[before] * (1 - share[:, None]) + places[before + 1] * share[:, None]
    return {name: _between(values, before, share) for name, values in turns.items()}, place.astype(np.float32)


def _turns(frames: Double) -> dict[str, Double]:
    from scipy.spatial.transform import Rotation

    def ball(start: int) -> Double:
        return Rotation.from_quat(frames[:, [start + 1, start + 2, start + 3, start]]).as_matrix()

    root = ball(ROOT.start)
    local = {name: ball(start) for name, start in BALLS.items()}
    angles = {name: frames[:, [at]] * [[0.0, 0.0, 1.0]] for name, at in HINGES.items()}
    local |= {name: Rotation.from_rotvec(angle).as_matrix() for name, angle in angles.items()}
    chest = root @ local["chest"]
    neck = chest @ local["neck"]
    found = {"Hips": root, "Spine": root, "Spine1": chest, "Spine2": chest, "Neck": neck, "Head": neck}
    found = {name: TO_AVATAR @ turn @ TO_AVATAR.T for name, turn in found.items()}
    for side, left in (("left", 1.0), ("right", -1.0)):
        # Its arms hang where an avatar's are stretched out.
        hanging = Rotation.from_rotvec([0.0, 0.0, -left * np.pi / 2]).as_matrix()
        thigh = root @ local[f"{side}_hip"]
        shin = thigh @ local[f"{side}_knee"]
        upper = chest @ local[f"{side}_shoulder"]
        name = side.capitalize()
        legs = {"UpLeg": thigh, "Leg": shin, "Foot": shin @ local[f"{side}_ankle"]}
        arms = {"Arm": upper, "ForeArm": upper @ local[f"{side}_elbow"]}
        found |= {f"{name}{bone}": TO_AVATAR @ turn @ TO_AVATAR.T for bone, turn in legs.items()}
        found |= {f"{name}{bone}": TO_AVATAR @ turn @ TO_AVATAR.T @ hanging for bone, turn in arms.items()}
        found[f"{name}Shoulder"] = found["Spine2"]
    return found


def _steps(durations: Double) -> tuple[npt.NDArray[np.intp], Double]:
    """For every new frame, the old one before it, and the share of the way to the next."""
    times = np.concatenate([[0.0], np.cumsum(durations[:-1])])
    wanted = np.arange(0.0, times[-1], 1 / RATE)
    before = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 2)
    return before, (wanted - times[before]) / np.maximum(times[before + 1] - times[before], 1e-6)


def _between(turns: Double, before: npt.NDArray[np.intp], share: Double) -> Float:
    """(F', 3, 3) rotations near the straight line between neighbours, which are alike."""
    mixed = turns[before] * (1 - share[:, None, None]) + turns[before + 1] * share[:, None, None]
    left, _, right = np.linalg.svd(mixed)
    return (left @ right).astype(np.float32)

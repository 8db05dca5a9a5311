"""Motion capture onto an avatar's rig, though the clips hold no reference stance.

A clip's bone frames have their Y along the bone and an arbitrary roll, so rotations cannot be copied. Trunk, neck,
head and feet take their turn relative to how the same subject holds them on average when upright, in the heading
frame. Limbs take their bones' directions and the axis of knee or elbow, which is fixed in the upper bone.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .motion import Motion

Float = npt.NDArray[np.float32]

CENTRAL = {
    "Hips": "CC_Base_Pelvis",
    "Spine": "CC_Base_Waist",
    "Spine1": "CC_Base_Spine01",
    "Spine2": "CC_Base_Spine02",
    "Neck": "CC_Base_NeckTwist01",
    "Head": "CC_Base_Head",
}
FEET = {"LeftFoot": "CC_Base_L_Foot", "RightFoot": "CC_Base_R_Foot"}


@dataclass(frozen=True)
class Limb:
    """Two bones with a hinge between them. direction, hinge: both bones' direction and the hinge's axis in the
    avatar's T-pose; turning by a positive angle about the axis flexes the joint."""

    upper: str
    lower: str
    source: tuple[str, str, str]
    direction: tuple[float, float, float]
    hinge: tuple[float, float, float]


LIMBS = tuple(
    limb
    for side, letter, left in (("Left", "L", 1.0), ("Right", "R", -1.0))
    for limb in (
        Limb(
            f"{side}Arm", f"{side}ForeArm",
            (f"CC_Base_{letter}_Upperarm", f"CC_Base_{letter}_Forearm", f"CC_Base_{letter}_Hand"),
            (left, 0.0, 0.0), (0.0, -left, 0.0),
        ),
        Limb(
            f"{side}UpLeg", f"{side}Leg",
            (f"CC_Base_{letter}_Thigh", f"CC_Base_{letter}_Calf", f"CC_Base_{letter}_Foot"),
            (0.0, -1.0, 0.0), (1.0, 0.0, 0.0),
        ),
    )
)  # fmt: skip
# Radians by which an ankle bends down and up at most, as clinical tables have it for who bears weight, and some more:
# captured dancers' feet are bent up to their shins.
ANKLE = np.radians(-65.0), np.radians(35.0)
# Share of the arm's swing away from the T-pose that its clavicle makes.
CLAVICLE_SHARE = 0.22
# A frame is upright when the hips are nearly as high as they ever are.
UPRIGHT = 0.93


@dataclass(frozen=True)
class Calibration:
    """How one subject's bones lie when upright and facing +Z: standing (3, 3) by target bone; hinges (3,) by upper
    bone of a limb, in that bone's own frame."""

    standing: dict[str, Float]
    hinges: dict[str, Float]

    @classmethod
    def of(cls, motions: list[Motion]) -> "Calibration":
        """From clips of one subject that mostly walks or stands in them."""
        standing = {}
        for target, source in CENTRAL.items():
            turned = [_from_heading(m, m.rotation(source))[_upright(m)] for m in motions]
            standing[target] = mean_rotation(np.concatenate(turned))
        for target, source in FEET.items():
            turned = [_from_heading(m, m.rotation(source))[_on_ground(m, source)] for m in motions]
            standing[target] = mean_rotation(np.concatenate(turned))
        hinges = {}
        for limb in LIMBS:
            axes = []
            for motion in motions:
                first, second = _directions(motion, limb)
                axes.append(np.einsum("fji,fj->fi", motion.rotation(limb.source[0]), np.cross(first, second)))
            # Straight frames, which do not show the axis, have short products and count little.
            hinges[limb.upper] = _unit(np.concatenate(axes).sum(axis=0))
        return cls(standing, hinges)


def retarget(motion: Motion, calibration: Calibration) -> dict[str, Float]:
    """Turns from the T-pose in world axes, (F, 3, 3), by target bone; bones that are missing follow their parent."""
    turns: dict[str, Float] = {}
    for target, source in (CENTRAL | FEET).items():
        turns[target] = motion.rotation(source) @ calibration.standing[target].T
    for limb in LIMBS:
        hinge = motion.rotation(limb.source[0]) @ calibration.hinges[limb.upper]
        rest = _frame(np.array([limb.direction]), np.array([limb.hinge]))[0]
        for target, direction in zip((limb.upper, limb.lower), _directions(motion, limb), strict=True):
            turns[target] = (_frame(direction, hinge) @ rest.T).astype(np.float32)
    for side in ("Left", "Right"):
        turns[f"{side}Foot"] = _within_reach(turns[f"{side}Leg"], turns[f"{side}Foot"])
    chest = turns["Spine2"]
    for side, left in (("Left", 1.0), ("Right", -1.0)):
        rest = np.array([left, 0.0, 0.0])
        arm = np.einsum("fji,fj->fi", chest, turns[f"{side}Arm"] @ rest)
        turns[f"{side}Shoulder"] = (chest @ _swing(rest, arm, CLAVICLE_SHARE)).astype(np.float32)
    return turns


def _within_reach(shin: Float, foot: Float) -> Float:
    """(F, 3, 3) the turn of a foot, bent against its shin no further than an ankle goes; both (F, 3, 3)."""
    from scipy.spatial.transform import Rotation

    bent = np.swapaxes(shin, 1, 2) @ foot
    angle = np.arctan2(bent[:, 1, 2], bent[:, 2, 2])
    back = Rotation.from_euler("x", (angle - angle.clip(*ANKLE))[:, None]).as_matrix()
    return (shin @ back @ bent).astype(np.float32)


def mean_rotation(rotations: Float) -> Float:
    """The rotation nearest to (N, 3, 3) rotations: their sum, made orthogonal."""
    left, _, right = np.linalg.svd(rotations.astype(np.float64).sum(axis=0))
    return (left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right).astype(np.float32)


def heading(motion: Motion) -> Float:
    """(F, 3, 3) turn about +Y from facing +Z to where hips and shoulders face."""
    across = motion.position("CC_Base_L_Thigh") - motion.position("CC_Base_R_Thigh")
    across = across + motion.position("CC_Base_L_Upperarm") - motion.position("CC_Base_R_Upperarm")
    across = _unit(across * [1.0, 0.0, 1.0])
    up = np.broadcast_to([0.0, 1.0, 0.0], across.shape)
    return np.stack([across, up, np.cross(across, up)], axis=2).astype(np.float32)


def _from_heading(motion: Motion, rotations: Float) -> Float:
    return np.swapaxes(heading(motion), 1, 2) @ rotations


def _upright(motion: Motion) -> npt.NDArray[np.bool_]:
    feet = np.minimum(motion.position("CC_Base_L_Foot")[:, 1], motion.position("CC_Base_R_Foot")[:, 1])
    hips = motion.position("CC_Base_Pelvis")[:, 1] - feet
    return hips > UPRIGHT * np.quantile(hips, 0.95)


def _on_ground(motion: Motion, foot: str) -> npt.NDArray[np.bool_]:
    height = motion.position(foot)[:, 1]
    return height <= np.quantile(height, 1 / 3)


def _directions(motion: Motion, limb: Limb) -> tuple[Float, Float]:
    start, middle, end = (motion.position(bone) for bone in limb.source)
    return _unit(middle - start), _unit(end - middle)


def _frame(direction: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """(F, 3, 3) columns: the direction, the hinge made square to it, and their product."""
    hinge = _unit(hinge - direction * (direction * hinge).sum(axis=-1, keepdims=True))
    return np.stack([direction, hinge, np.cross(direction, hinge)], axis=-1)


def _swing(start: np.ndarray, ends: np.ndarray, share: float) -> np.ndarray:
    """(F, 3, 3) shortest turns from the unit vector `start` (3,) towards the unit vectors `ends` (F, 3), in part."""
    import cv2

    axes = np.cross(np.broadcast_to(start, ends.shape), ends)
    length = np.linalg.norm(axes, axis=1, keepdims=True)
    angles = np.arctan2(length[:, 0], ends @ start)
    vectors = axes / np.maximum(length, 1e-9) * (share * angles)[:, None]
    return np.stack([cv2.Rodrigues(vector.astype(np.float64))[0] for vector in vectors])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)

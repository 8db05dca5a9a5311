"""Which of the body's bones move, about which axes, how far, and how likely.

Anny has 104 bones; 33 landmarks can tell the pose of about two dozen. The others (fingers, toes, twist bones, eyes)
follow their parents. Each joint's rotation vector is written in a frame of its own, so that limits and priors make
anatomical sense: component 0 flexes, 1 twists about the bone, 2 swings sideways.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from .model import BodyModel

DEGREE = np.pi / 180
# The root turns as it likes.
FREE = 1e4

Angles = tuple[float, float, float]


@dataclass(frozen=True)
class Joint:
    """spread: standard deviations of (flexion, twist, sideways) about the rest pose, degrees; low, high: their limits.

    Ranges follow clinical tables of the joints' range of motion, moved to Anny's rest pose (arms 45 degrees down,
    elbows bent by about 50), and widened by 10 degrees since clothes and landmarks blur them.
    """

    bone: str
    end: str
    spread: Angles
    low: Angles
    high: Angles


# Flexion is positive where the bone bends as muscles bend it: trunk and head forwards, thigh up, heel to buttock,
# hand to shoulder. Sideways is positive away from the body for limbs.
CENTRAL = (
    Joint("spine05", "spine03", (12, 6, 6), (-20, -20, -20), (40, 20, 20)),
    Joint("spine03", "spine01", (12, 8, 8), (-25, -25, -25), (40, 25, 25)),
    Joint("spine01", "neck01", (8, 6, 6), (-15, -20, -15), (30, 20, 15)),
    Joint("neck01", "head", (15, 15, 12), (-35, -45, -30), (45, 45, 30)),
    Joint("head", "", (15, 20, 12), (-30, -45, -25), (40, 45, 25)),
)
SIDED = (
    Joint("clavicle", "upperarm01", (8, 3, 8), (-25, -5, -25), (25, 5, 35)),
    Joint("upperarm01", "lowerarm01", (70, 35, 50), (-90, -100, -70), (150, 100, 140)),
    Joint("lowerarm01", "wrist", (50, 2, 2), (-55, -5, -5), (100, 5, 5)),
    Joint("lowerarm02", "wrist", (2, 35, 2), (-5, -80, -5), (5, 80, 5)),
    Joint("wrist", "finger3-1", (18, 5, 12), (-70, -10, -30), (70, 10, 30)),
    Joint("upperleg01", "lowerleg01", (45, 20, 20), (-40, -50, -45), (130, 50, 70)),
    Joint("lowerleg01", "foot", (45, 4, 3), (-8, -15, -6), (150, 15, 6)),
    Joint("foot", "toe3-1", (15, 6, 8), (-55, -25, -25), (35, 25, 25)),
)


@dataclass(frozen=True)
class Articulation:
    """J moving joints (the root first), as arrays.

    bones: (J,) index of each joint's bone; parents: (J,) index into the joints; frames: (J, 3, 3) columns are the
    flexion, twist and sideways axes in the rest pose; spread, low, high: (J, 3) radians; driver: (B,) the joint that
    each of the model's bones follows.
    """

    bones: np.ndarray
    parents: tuple[int, ...]
    frames: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray
    driver: np.ndarray

    @classmethod
    @cache
    def of(cls, model: BodyModel) -> "Articulation":
        """The moving joints of a body."""
        joints = [Joint("root", "spine05", (FREE, FREE, FREE), (-FREE, -FREE, -FREE), (FREE, FREE, FREE)), *CENTRAL]
        for side in ("L", "R"):
            joints += [Joint(f"{j.bone}.{side}", f"{j.end}.{side}", j.spread, j.low, j.high) for j in SIDED]
        joints.sort(key=lambda joint: model.bone(joint.bone))
        bones = np.array([model.bone(joint.bone) for joint in joints])
        joint_of_bone = {int(bone): index for index, bone in enumerate(bones)}
        driver = np.zeros(len(model.bone_parents), dtype=int)
        for bone, parent in enumerate(model.bone_parents):
            driver[bone] = joint_of_bone.get(bone, driver[parent] if parent >= 0 else 0)
        parents = tuple(-1 if bone == 0 else int(driver[model.bone_parents[bone]]) for bone in bones)
        return cls(
            bones=bones,
            parents=parents,
            frames=np.stack([_frame(model, joint) for joint in joints]),
            spread=np.array([joint.spread for joint in joints]) * DEGREE,
            low=np.array([joint.low for joint in joints]) * DEGREE,
            high=np.array([joint.high for joint in joints]) * DEGREE,
            driver=driver,
        )

    def joint_weights(self, bone_weights: np.ndarray) -> np.ndarray:
        """(N, B) influences of bones -> (N, J) influences of the joints that drive them."""
        weights = np.zeros((len(bone_weights), len(self.bones)))
        np.add.at(weights.T, self.driver, bone_weights.T)
        return weights


def _frame(model: BodyModel, joint: Joint) -> np.ndarray:
    """(3, 3) columns: flexion, twist, sideways axis of a joint in the rest pose."""
    if joint.bone == "root":
        return np.eye(3)
    heads = model.mean_heads.astype(float)
    start = heads[model.bone(joint.bone)]
    along = heads[model.bone(joint.end)] - start if joint.end else np.array([0.0, 1.0, 0.0])
    along /= np.linalg.norm(along)
    flexion = _flexion_axis(model, joint)
    flexion -= along * (flexion @ along)
    flexion /= np.linalg.norm(flexion)
    sideways = np.cross(flexion, along)
    # A rotation about `sideways` must lift a left limb to the left, and a right one to the right.
    outwards = -1.0 if joint.bone.endswith(".R") else 1.0
    lift = np.cross(sideways, along)[0] * outwards
    if joint.bone[-2:] in (".L", ".R") and lift < 0:
        sideways = -sideways
    return np.stack([flexion, along, sideways], axis=1)


def _flexion_axis(model: BodyModel, joint: Joint) -> np.ndarray:
    """The axis about which a positive turn flexes the joint, not yet square to the bone."""
    name, _, side = joint.bone.partition(".")
    if name.startswith(("lowerarm", "upperarm", "wrist")):
        heads = model.mean_heads.astype(float)
        shoulder, elbow, wrist = (heads[model.bone(f"{bone}.{side}")] for bone in ("upperarm01", "lowerarm01", "wrist"))
        return np.cross(elbow - shoulder, wrist - elbow)
    if name == "clavicle":
        return np.array([0.0, 1.0, 0.0])
    backwards = name == "lowerleg01" or not side
    return np.array([1.0, 0.0, 0.0]) if backwards else np.array([-1.0, 0.0, 0.0])

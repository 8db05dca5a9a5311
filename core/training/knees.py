"""Knees that bend backwards: where a capture took a leg's markers for each other, thigh and shin lie turned by half a
circle about the line from hip to ankle, for some frames, and leap there and back."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .motion import Motion
from .retarget import LIMBS, Calibration

Float = npt.NDArray[np.float32]

# How far to a side of where the pelvis faces a knee may point, radians: in captured motion that is sound, 99 frames in
# 100 stay below 50 degrees.
SIDEWAYS = np.radians(70)


def with_knees_forwards(motion: Motion, calibration: Calibration) -> Motion:
    """A subject's motion whose knees all bend forwards: those that do not are turned about the line from hip to ankle
    to where the sound frames around have them; feet stay."""
    rotations, positions = motion.rotations.copy(), motion.positions.copy()
    pelvis = motion.rotation("CC_Base_Pelvis") @ calibration.standing["Hips"].T
    for limb in LIMBS:
        if not limb.upper.endswith("UpLeg"):
            continue
        thigh, shin, _ = (motion.bone_names.index(bone) for bone in limb.source)
        hip, knee, ankle = (motion.position(bone) for bone in limb.source)
        leg = ankle - hip
        hinge = motion.rotation(limb.source[0]) @ calibration.hinges[limb.upper]
        turns = _turns_forwards(pelvis, leg / np.linalg.norm(leg, axis=1, keepdims=True), hinge)
        for bone in (thigh, shin):
            rotations[:, bone] = turns @ rotations[:, bone]
        positions[:, shin] = hip + np.einsum("fij,fj->fi", turns, knee - hip)
    return replace(motion, rotations=rotations, positions=positions)


def _turns_forwards(pelvis: Float, leg: Float, hinge: Float) -> Float:
    """(F, 3, 3) turns about legs that bring their knees forwards; they do nothing where these are.

    pelvis: (F, 3, 3) turns from the T-pose; leg: (F, 3) unit vectors from hip to ankle; hinge: (F, 3) the knees' axes.
    """
    from scipy.spatial.transform import Rotation

    across, up = pelvis[:, :, 0], pelvis[:, :, 1]
    swings = [Rotation.align_vectors(along, down)[0] for along, down in zip(leg, -up, strict=True)]
    across = Rotation.concatenate(swings).apply(across)
    angle = np.arctan2((np.cross(across, hinge) * leg).sum(axis=1), (across * hinge).sum(axis=1))
    sound = np.abs(angle) <= SIDEWAYS
    if not sound.any():
        return np.broadcast_to(np.eye(3, dtype=np.float32), pelvis.shape)
    wanted = np.interp(np.arange(len(angle)), np.flatnonzero(sound), angle[sound])
    return Rotation.from_rotvec(leg * (wanted - angle)[:, None]).as_matrix().astype(np.float32)

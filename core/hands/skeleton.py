"""The joints of one arm's end in the body model: forearm and wrist as the body's fit knows them, and 15 of fingers."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.articulation import DEGREE, Articulation
from ..body.model import BodyModel

Array = npt.NDArray[np.float64]

ARM = ("lowerarm02", "wrist")
# Of a finger's three joints: standard deviations of (flexion, twist, sideways), and limits of flexion, degrees.
FINGER = (((28, 5, 9), (-20, 95)), ((28, 2, 2), (-5, 100)), ((18, 2, 2), (-5, 80)))
THUMB = (((18, 14, 18), (-40, 50)), ((18, 4, 6), (-15, 60)), ((22, 2, 2), (-15, 80)))
# A hand at rest, against the model's flat and spread one: degrees of flexion of the three joints; the little finger
# curls more than the index by the second. And the share of the spread that goes.
RELAXED, CURLS, CLOSED = (16, 24, 14), 3, 0.7
RELAXED_THUMB = (4, 8, 12)
# The fingertip lies this far below the last bone's end of skin, metres.
PAD = 0.004
# MediaPipe's numbers along each finger, the thumb first; 0 is the wrist.
CHAINS = tuple(tuple(range(first, first + 4)) for first in (1, 5, 9, 13, 17))


@dataclass(frozen=True)
class HandSkeleton:
    """J joints, parents first: the forearm's end, the wrist, then three a finger, the thumb first.

    bones: (J,) of the model; base: the bone before the first; parents: (J,) into the joints, -1 for the first; frames:
    (J, 3, 3) columns are the flexion, twist and sideways axes in the rest pose; mean, spread, low, high: (J, 3)
    radians; tips: (5, 3) metres from the last joints of the mean body's fingers to their tips.
    """

    bones: npt.NDArray[np.intp]
    base: int
    parents: tuple[int, ...]
    frames: Array
    mean: Array
    spread: Array
    low: Array
    high: Array
    tips: Array

    @classmethod
    @cache
    def of(cls, model: BodyModel, side: str) -> "HandSkeleton":
        """side: L or R."""
        names = [f"{bone}.{side}" for bone in ARM]
        names += [f"finger{finger}-{part}.{side}" for finger in range(1, 6) for part in (1, 2, 3)]
        heads = model.mean_heads.astype(float)
        bones = np.array([model.bone(name) for name in names])
        tips = np.stack([_tip(model, bones[2 + 3 * finger : 5 + 3 * finger]) for finger in range(5)])
        body = Articulation.of(model)
        arm = [int(np.flatnonzero(body.bones == bone)[0]) for bone in bones[:2]]
        frames = [body.frames[joint] for joint in arm]
        mean, spread = [np.zeros(3)] * 2, [body.spread[joint] for joint in arm]
        low, high = [body.low[joint] for joint in arm], [body.high[joint] for joint in arm]
        index, little = heads[bones[5]], heads[bones[14]]
        middle = heads[bones[9]] - heads[bones[8]]
        palm = _palm(heads[bones[1]], index, little, side)
        for finger in range(5):
            chain = bones[2 + 3 * finger : 5 + 3 * finger]
            ends = [*heads[chain[1:]], heads[chain[2]] + tips[finger]]
            towards = little - index + palm * np.linalg.norm(little - index) if finger == 0 else palm
            for part, (bone, end) in enumerate(zip(chain, ends, strict=True)):
                axes = _axes(end - heads[bone], towards)
                relaxed = RELAXED_THUMB[part] if finger == 0 else RELAXED[part] + CURLS * (finger - 1)
                closed = CLOSED * _between(end - heads[bone], middle, axes[:, 2]) if finger and part == 0 else 0.0
                deviations, flexion = (THUMB if finger == 0 else FINGER)[part]
                frames.append(axes)
                mean.append(np.array([relaxed * DEGREE, 0.0, closed]))
                spread.append(np.array(deviations) * DEGREE)
                sideways = 2.5 * spread[-1][1:]
                low.append(np.array([flexion[0] * DEGREE, *(mean[-1][1:] - sideways)]))
                high.append(np.array([flexion[1] * DEGREE, *(mean[-1][1:] + sideways)]))
        parents = (-1, 0, *(1 if part == 0 else 1 + 3 * finger + part for finger in range(5) for part in range(3)))
        base = model.bone_parents[bones[0]]
        return cls(
            bones,
            base,
            parents,
            np.stack(frames),
            np.stack(mean),
            np.stack(spread),
            np.stack(low),
            np.stack(high),
            tips,
        )


def _tip(model: BodyModel, chain: npt.NDArray[np.intp]) -> Array:
    """(3,) from a finger's last joint to its tip."""
    heads = model.mean_heads.astype(float)
    along = heads[chain[2]] - heads[chain[1]]
    along /= np.linalg.norm(along)
    skin = model.bone_weights(np.arange(len(model.mean_vertices)))[:, chain[2]] > 0.6
    return along * float(((model.mean_vertices[skin] - heads[chain[2]]) @ along).max() - PAD)


def _palm(wrist: Array, index: Array, little: Array, side: str) -> Array:
    """(3,) unit direction that the palm faces: in the rest pose towards the body."""
    normal = np.cross(index - wrist, little - wrist)
    inwards = -1.0 if side == "L" else 1.0
    return normal * np.sign(normal[0] * inwards) / np.linalg.norm(normal)


def _axes(along: Array, towards: Array) -> Array:
    """(3, 3) columns: the axis about which a bone flexes `towards` a direction, the bone, and the one across both."""
    along = along / np.linalg.norm(along)
    flexion = np.cross(along, towards)
    flexion /= np.linalg.norm(flexion)
    return np.stack([flexion, along, np.cross(flexion, along)], axis=1)


def _between(first: Array, second: Array, axis: Array) -> float:
    """Radians about an axis from one direction to another."""
    first, second = (value - axis * (axis @ value) for value in (first, second))
    return float(np.arctan2(np.cross(first, second) @ axis, first @ second))

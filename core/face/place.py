"""Where heads are: beside where necks that bend have them, as the face's landmarks show.

Necks stretch, crane and sink between the shoulders, which their joints do not; masks cannot tell, for hair.
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch

from ..body.model import BodyModel, forward_kinematics
from ..body.points import to_tensor
from .body_face import BodyFace
from .files import ClipFace

if TYPE_CHECKING:
    from ..body.fit import BodyMotion
    from ..body.observations import Observations

Float = npt.NDArray[np.float32]

# Metres.
FARTHEST = 0.04
# Seconds over which ways are averaged, and over which heads go back where no face is seen.
STEADY, RETURN = 0.04, 0.2


def head_ways(
    motion: "BodyMotion", face: ClipFace | None, observed: "Observations", firmness: float = 1.0
) -> Float | None:
    """(F, 3) metres, camera axes, across the view, by which the motion's heads move to where faces are seen; None where
    none is. firmness: weighs how steadily they move."""
    from scipy.ndimage import gaussian_filter1d

    if face is None or not face.belief.any():
        return None
    pixels, depth = _seen_at(motion, observed.image_size)
    apart = (face.points[..., :2].mean(axis=1) - pixels) * depth[:, None] / motion.focal
    apart *= np.minimum(1.0, FARTHEST / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9))
    rows, sure = np.arange(len(apart)), np.flatnonzero(face.belief)
    across = np.stack([np.interp(rows, sure, apart[sure, axis]) for axis in range(2)], axis=1)
    seconds = observed.frame_seconds
    across = gaussian_filter1d(across, firmness * STEADY / seconds, axis=0, mode="nearest")
    believed = gaussian_filter1d(face.belief, RETURN / seconds, mode="nearest")[:, None]
    ways = across * np.minimum(believed, 1.0) * [1, -1]
    return np.hstack([ways, np.zeros((len(ways), 1))]).astype(np.float32)


def _seen_at(motion: "BodyMotion", image_size: tuple[int, int]) -> tuple[Float, Float]:
    """(F, 2) image pixels of the middle of the motion's faces, and their depth (F,), metres."""
    model = BodyModel.load()
    head = model.bone("head")
    heads = model.rest_heads(motion.shape, motion.scale)
    matrices, joints = forward_kinematics(
        model.bone_parents,
        to_tensor(heads)[None],
        torch.from_numpy(motion.rotations),
        torch.from_numpy(motion.translation),
    )
    middle = BodyFace.load().on(model.rest_vertices(motion.shape, motion.scale)).mean(axis=0)
    place = joints[:, head].numpy() + matrices[:, head].numpy() @ (middle - heads[head])
    depth = -place[:, 2]
    pixels = place[:, :2] * [1, -1] * motion.focal / depth[:, None] + np.array(image_size) / 2
    return pixels.astype(np.float32), depth.astype(np.float32)

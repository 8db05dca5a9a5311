"""Animation curves written all at once: thousands of keys in milliseconds."""

from collections.abc import Iterable

import bpy
import numpy as np
import numpy.typing as npt

from ..core.character.playing import motion_keys
from .sequence import blender_frame

# Of Keyframe.interpolation.
CONSTANT, LINEAR = 0, 1


def write_curve(
    owner: bpy.types.ID, path: str, index: int, times: npt.NDArray, values: npt.NDArray, interpolation: int = LINEAR
) -> None:
    """Animate a property of a data-block. times: (K,) timeline frames; values: (K,)."""
    animation = owner.animation_data or owner.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(owner.name)
    curve = animation.action.fcurve_ensure_for_datablock(owner, path, index=index)
    points = curve.keyframe_points
    points.clear()
    points.add(len(times))
    points.foreach_set("co", np.stack([times, values], axis=1).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(times), interpolation, np.int32))
    curve.update()


def key_times(frames: npt.NDArray[np.integer], missing: Iterable[int]) -> tuple[npt.NDArray, npt.NDArray]:
    """When each sample of a motion is keyed: timeline frames (K,), and which sample (K,).

    frames: (F,) the clip's frames that have one; missing: those that were tried and have none. Between two samples the
    motion is interpolated, except over missing frames, where the sample before them is held.
    """
    numbers, samples = motion_keys(frames, missing)
    return np.array([blender_frame(number) for number in numbers.tolist()]), samples

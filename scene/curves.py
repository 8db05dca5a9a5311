"""Animation curves written all at once: thousands of keys in milliseconds."""

from collections.abc import Iterable

import bpy
import numpy as np
import numpy.typing as npt

from ..core.character.playing import motion_keys
from .sequence import blender_frame

# Of Keyframe.interpolation.
CONSTANT, LINEAR = 0, 1

# What makes a key, how many numbers that is, and of which kind.
POINTS = (
    ("interpolation", 1, np.int32),
    ("easing", 1, np.int32),
    ("back", 1, np.float32),
    ("amplitude", 1, np.float32),
    ("period", 1, np.float32),
    ("type", 1, np.int32),
    ("handle_left_type", 1, np.int32),
    ("handle_right_type", 1, np.int32),
    ("co", 2, np.float32),
    ("handle_left", 2, np.float32),
    ("handle_right", 2, np.float32),
)


def write_curve(
    owner: bpy.types.ID, path: str, index: int, times: npt.NDArray, values: npt.NDArray, interpolation: int = LINEAR
) -> None:
    """Animate a property of a data-block. times: (K,) timeline frames; values: (K,)."""
    animation = owner.animation_data or owner.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(owner.name)
    curve = animation.action.fcurve_ensure_for_datablock(owner, path, index=index)
    write_points(curve, times, values, interpolation)


def write_points(curve: bpy.types.FCurve, times: npt.NDArray, values: npt.NDArray, interpolation: int = LINEAR) -> None:
    """Give a curve these keys alone, see write_curve."""
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


def copy_curve(curve: bpy.types.FCurve, copy: bpy.types.FCurve) -> None:
    """Give a curve without keys the keys and the modifiers of another one."""
    count = len(curve.keyframe_points)
    copy.keyframe_points.add(count)
    # Types of handles come before the handles themselves, which Blender moves to fit their types.
    for name, width, kind in POINTS:
        values = np.empty(count * width, kind)
        curve.keyframe_points.foreach_get(name, values)
        copy.keyframe_points.foreach_set(name, values)
    copy.extrapolation = curve.extrapolation
    for modifier in curve.modifiers:
        other = copy.modifiers.new(modifier.type)
        for setting in modifier.bl_rna.properties:
            if not setting.is_readonly:
                setattr(other, setting.identifier, getattr(modifier, setting.identifier))
    copy.update()


def is_stepped(curve: bpy.types.FCurve) -> bool:
    """Whether a curve's values change at its keys only."""
    return all(point.interpolation == "CONSTANT" for point in curve.keyframe_points)

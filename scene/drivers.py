"""Properties that follow a person's time, by drivers.

Their expressions are simple ones, which Blender computes without Python: they work in files whose scripts may not run,
and where Restage is not installed.
"""

from collections.abc import Callable, Mapping

import bpy
import numpy.typing as npt

from . import compat
from .curves import CONSTANT, copy_curve, is_stepped, write_points
from .playback import EPSILON

# The property of a person's clock with the frame of the timeline at which the clip shows what the person shows now.
SHOWN = "Shown Frame"


def drive(
    owner: bpy.types.ID,
    path: str,
    expression: str,
    variables: Mapping[str, tuple[bpy.types.ID, str]],
    index: int = -1,
) -> bpy.types.FCurve:
    """Let an expression give a property's value; variables: data-blocks, and paths of their properties, by name."""
    curve = owner.driver_add(path, index)
    for name, (item, source) in variables.items():
        variable = curve.driver.variables.new()
        variable.name = name
        _aim(variable.targets[0], item)
        variable.targets[0].data_path = source
    curve.driver.expression = expression
    return curve


def clock(person: bpy.types.Object) -> bpy.types.ID:
    """What has a person's property SHOWN, and whatever else follows from the inputs: the person's data if there are.

    Nothing but custom properties may be driven in a clock. Where anything else is, such as what hides an object,
    Blender puts back the values of all drivers before it computes them (4.1 and later, for the sake of data that
    several share), and another thread may do so when one of them was computed already: that one is a frame late."""
    return person.data or person


def follow(
    owner: bpy.types.ID,
    path: str,
    person: bpy.types.Object,
    times: npt.NDArray,
    values: npt.NDArray,
    kind: int,
) -> None:
    """Give a property the value that belongs to the frame which a person shows. times: (K,) timeline frames at which
    the clip has the values (K,), held outside; kind: of interpolation, see curves.py."""
    curve = _follower(owner, path, person, kind == CONSTANT)
    write_points(curve, times, values, kind)


def follow_curves(owner: bpy.types.ID, person: bpy.types.Object, wanted: Callable[[str], bool]) -> None:
    """Let properties follow a person that have keys along the timeline, where their paths are wanted."""
    curves = [curve for curve in compat.fcurves_of(owner) if wanted(curve.data_path)]
    for curve in curves:
        index = curve.array_index if hasattr(owner.path_resolve(curve.data_path), "__len__") else -1
        copy_curve(curve, _follower(owner, curve.data_path, person, is_stepped(curve), index))
    if curves:
        compat.remove_fcurves(owner, curves)


def follow_pictures(
    owner: bpy.types.ID, path: str, person: bpy.types.Object, times: npt.NDArray, numbers: npt.NDArray
) -> None:
    """Let a user of a sequence of pictures, at a path, show the one with the number that belongs to the frame which a
    person shows."""
    user = owner.path_resolve(path)
    # A round of one picture: whatever the frame, Blender shows the picture of the number 1 + frame_offset, and never
    # hides it for being over.
    user.use_cyclic, user.frame_start, user.frame_duration, user.use_auto_refresh = True, 1, 1, True
    user.frame_offset = int(numbers[0]) - 1
    follow(owner, f"{path}.frame_offset", person, times, numbers - 1, CONSTANT)


def follow_another(owner: bpy.types.ID, before: bpy.types.Object, person: bpy.types.Object) -> None:
    """Let whatever followed one person follow another."""
    animation = owner.animation_data
    for curve in animation.drivers if animation else ():
        for target in (target for variable in curve.driver.variables for target in variable.targets):
            if target.id in (before, clock(before)):
                _aim(target, clock(person))


def _follower(
    owner: bpy.types.ID, path: str, person: bpy.types.Object, stepped: bool, index: int = -1
) -> bpy.types.FCurve:
    """A driver without keys that reads the frame which a person shows."""
    owner.driver_remove(path, index)
    expression = f"shown + {EPSILON}" if stepped else "shown"
    curve = drive(owner, path, expression, {"shown": (clock(person), f'["{SHOWN}"]')}, index)
    # Blender makes it a line: by a modifier, from 5.2 on by two keys.
    for modifier in list(curve.modifiers):
        curve.modifiers.remove(modifier)
    curve.keyframe_points.clear()
    curve.extrapolation = "CONSTANT"
    return curve


def _aim(target: bpy.types.DriverTarget, item: bpy.types.ID) -> None:
    target.id_type = item.id_type
    target.id = item

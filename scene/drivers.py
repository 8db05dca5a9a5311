"""Properties that follow a person's time, by drivers.

Their expressions are simple ones, which Blender computes without Python: they work in files whose scripts may not run,
and where Restage is not installed.
"""

from collections.abc import Callable, Mapping

import bpy
import numpy.typing as npt

from . import compat
from .curves import CONSTANT, copy_curve, is_stepped, write_points
from .playback import EPSILON, modifier_of

# The property of a person's clock with the frame of the timeline at which the clip shows what the person shows now.
SHOWN = "Shown Frame"
# The same once more, for whatever hides. Blender evaluates what hides objects before everything else, by two threads at
# once, and what shared a property with it then was a frame late now and then.
VISIBLE = "Visible Frame"


def drive(
    owner: bpy.types.ID,
    path: str,
    expression: str,
    variables: Mapping[str, tuple[bpy.types.Object | bpy.types.Mesh, str]],
    index: int = -1,
) -> bpy.types.FCurve:
    """Let an expression give a property's value; variables: objects or meshes, and paths of their properties, by
    name."""
    curve = owner.driver_add(path, index)
    for name, (item, source) in variables.items():
        variable = curve.driver.variables.new()
        variable.name = name
        _aim(variable.targets[0], item)
        variable.targets[0].data_path = source
    curve.driver.expression = expression
    return curve


def clock(person: bpy.types.Object) -> bpy.types.Object | bpy.types.Mesh:
    """What has a person's property SHOWN: where a modifier has the inputs, the person's mesh. Blender 5.2 counts those
    among the object's own parameters, so a property of the object that follows from them would depend on itself."""
    return person if modifier_of(person) is None else person.data


def follow(
    owner: bpy.types.ID,
    path: str,
    person: bpy.types.Object,
    times: npt.NDArray,
    values: npt.NDArray,
    kind: int,
    shown: str = SHOWN,
) -> None:
    """Give a property the value that belongs to the frame which a person shows. times: (K,) timeline frames at which
    the clip has the values (K,), held outside; kind: of interpolation, see curves.py; shown: SHOWN or VISIBLE."""
    curve = _follower(owner, path, person, kind == CONSTANT, shown=shown)
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
    owner: bpy.types.ID, path: str, person: bpy.types.Object, stepped: bool, index: int = -1, shown: str = SHOWN
) -> bpy.types.FCurve:
    """A driver without keys that reads the frame which a person shows."""
    owner.driver_remove(path, index)
    expression = f"shown + {EPSILON}" if stepped else "shown"
    curve = drive(owner, path, expression, {"shown": (clock(person), f'["{shown}"]')}, index)
    # Blender makes it a line: by a modifier, from 5.2 on by two keys.
    for modifier in list(curve.modifiers):
        curve.modifiers.remove(modifier)
    curve.keyframe_points.clear()
    curve.extrapolation = "CONSTANT"
    return curve


def _aim(target: bpy.types.DriverTarget, item: bpy.types.Object | bpy.types.Mesh) -> None:
    target.id_type = "MESH" if isinstance(item, bpy.types.Mesh) else "OBJECT"
    target.id = item

"""What stays of a person when another object takes its place: its place, its keys, its inputs, its children."""

from collections.abc import Collection

import bpy

from . import compat
from .curves import copy_curve
from .drivers import follow_another
from .modes import retime
from .packed import PROXIES
from .playback import CONTROLS, GAPS, INPUTS, control_path, control_value, has_controls, set_control
from .proxies import add_proxies, can_have_proxies, has_proxies
from .retimed_motion import HIDES
from .sequence import Gaps

# Each by itself: a matrix forgets whole turns.
PLACE = (
    "rotation_mode",
    *(
        prefix + name
        for prefix in ("", "delta_")
        for name in ("location", "rotation_euler", "rotation_quaternion", "scale")
    ),
    "rotation_axis_angle",
)


def take_place(item: bpy.types.Object, new: bpy.types.Object, old: Collection[bpy.types.Object]) -> None:
    """Let a new person stand in for one that goes, `item`, which is one of `old`, everything that goes.

    Raises RestageError as modes.retime does.
    """
    if is_retimed(item) and not has_controls(new):
        retime(new)
    if item.parent is not None and item.parent not in old:
        keep_place(item, new)
    else:
        _keep_own_place(item, new)
    keep_controls(item, new)
    if has_proxies(item) and can_have_proxies(new):
        for _ in add_proxies(new):
            pass
        set_control(new, PROXIES, control_value(item, PROXIES))
    for child in item.children:
        if child not in old:
            inverse = child.matrix_parent_inverse.copy()
            child.parent, child.matrix_parent_inverse = new, inverse
    for owner in (*bpy.data.objects, *bpy.data.cameras):
        if owner not in old:
            follow_another(owner, item, new)


def gaps_of(item: bpy.types.Object) -> Gaps:
    """Whether a person hides where the clip has none."""
    if not has_controls(item):
        return item.restage.gaps
    return "hide" if control_value(item, GAPS) else "hold"


def keep_place(item: bpy.types.Object, new: bpy.types.Object) -> None:
    """Put a new object where another is, with its keys and its parent."""
    new.parent, new.matrix_parent_inverse = item.parent, item.matrix_parent_inverse
    _keep_own_place(item, new)


def _keep_own_place(item: bpy.types.Object, new: bpy.types.Object) -> None:
    """Move a new object as another one moves against its parent."""
    for name in PLACE:
        setattr(new, name, getattr(item, name))
    _keep_keys(item, new)


def keep_controls(item: bpy.types.Object, new: bpy.types.Object) -> None:
    """Take over the values of the inputs, if both have them."""
    if has_controls(item) and has_controls(new):
        for name in CONTROLS:
            set_control(new, name, control_value(item, name))


def is_retimed(item: bpy.types.Object) -> bool:
    """Whether a person does not play as the clip does; that it hides where the clip has no person is not meant."""
    if not has_controls(item):
        return False
    keyed = {curve.data_path for curve in compat.fcurves_of(item)}
    return any(
        control_path(item, name) in keyed or (name != GAPS and control_value(item, name) != default)
        for name, _, default, _ in INPUTS
    )


def _keep_keys(item: bpy.types.Object, new: bpy.types.Object) -> None:
    """Carry the keys over that mean something for the new object too: of itself and of the inputs. Those of bones and
    of other modifiers belong to a mode."""
    inputs = {}
    if has_controls(item) and has_controls(new):
        inputs = {control_path(item, name): control_path(new, name) for name in CONTROLS}
    curves = compat.fcurves_of(item)
    kept = []
    for curve in curves:
        path = inputs.get(curve.data_path) or _own_path(curve.data_path, item, new)
        if path:
            kept.append((curve, path))
    if not kept:
        return
    animation = new.animation_data or new.animation_data_create()
    if animation.action is None and [(curve, curve.data_path) for curve in curves] == kept:
        # Others may use the action as well, so it stays one.
        animation.action = item.animation_data.action
        animation.action_slot = item.animation_data.action_slot
        return
    if animation.action is None:
        animation.action = bpy.data.actions.new(new.name)
    for curve, path in kept:
        copy_curve(curve, animation.action.fcurve_ensure_for_datablock(new, path, index=curve.array_index))


def _own_path(path: str, item: bpy.types.Object, new: bpy.types.Object) -> str:
    """The path of a property of the object itself, if keys of it mean something for the new one; else nothing."""
    if any(mark in path for mark in ".["):
        return ""
    if path in HIDES:
        # Restage's own: by drivers, or, in earlier versions, by keys where the clip has no person.
        driven = new.animation_data and new.animation_data.drivers.find(path)
        keyed = item.type == "MESH" and not has_controls(item) and item.restage.gaps == "hide"
        return "" if driven or keyed else path
    return path

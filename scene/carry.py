"""What stays of a person when another object takes its place: its place, its keys, its children."""

import bpy

from . import compat
from .curves import copy_curve


def keep_place(item: bpy.types.Object, new: bpy.types.Object) -> None:
    """Put a new object where another is, with its keys and its parent."""
    new.parent, new.matrix_parent_inverse = item.parent, item.matrix_parent_inverse
    keep_own_place(item, new)


def keep_own_place(item: bpy.types.Object, new: bpy.types.Object) -> None:
    """Move a new object as another one moves against its parent."""
    new.rotation_mode, new.matrix_basis = item.rotation_mode, item.matrix_basis
    _keep_keys(item, new)


def keep_children(item: bpy.types.Object, new: bpy.types.Object, old: list[bpy.types.Object]) -> None:
    """Take over the children that are not among `old`, the objects that go."""
    for child in item.children:
        if child not in old:
            inverse = child.matrix_parent_inverse.copy()
            child.parent, child.matrix_parent_inverse = new, inverse


def _keep_keys(item: bpy.types.Object, new: bpy.types.Object) -> None:
    """Carry the keys over that mean something for the new object too: those of bones and modifiers belong to a mode."""
    curves = compat.fcurves_of(item)
    kept = [curve for curve in curves if _has_meaning(curve.data_path, item, new)]
    if not kept:
        return
    animation = new.animation_data or new.animation_data_create()
    if animation.action is None and kept == curves:
        # Others may use the action as well, so it stays one.
        animation.action = item.animation_data.action
        animation.action_slot = item.animation_data.action_slot
        return
    if animation.action is None:
        animation.action = bpy.data.actions.new(new.name)
    for curve in kept:
        copy_curve(curve, animation.action.fcurve_ensure_for_datablock(new, curve.data_path, index=curve.array_index))


def _has_meaning(path: str, item: bpy.types.Object, new: bpy.types.Object) -> bool:
    """Whether keys are of the object itself, or of a modifier that the new one has as well."""
    if path.startswith("modifiers"):
        return item.restage.mode in NODES and new.restage.mode in NODES
    # A character that hides where the clip has no person did so by keys; the new one does it in its own way.
    if path in HIDES and item.restage.mode in KEYED and item.restage.gaps == "hide":
        return False
    return not any(mark in path for mark in ".[")


# Modes that play by the same modifier, and those that hide a mesh by keys of its own.
NODES = ("packed", "streamed")
KEYED = ("character_shape_keys", "character_cache")
HIDES = ("hide_viewport", "hide_render")

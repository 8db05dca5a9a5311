"""A person who is no modifier's obeys the inputs: drivers for what was keyed along the timeline."""

from collections.abc import Callable

import bpy

from . import compat
from .curves import LINEAR
from .drivers import SHOWN, drive, follow, follow_curves, follow_pictures
from .frame_table import FrameTable
from .mesh_cache import MODIFIER as CACHE
from .moving_texture import MOVING
from .playback import EPSILON, set_controls
from .record import has_record
from .retiming import HIDDEN, add_inputs, variables_of
from .sequence import blender_frame

HIDES = ("hide_viewport", "hide_render")


def add_retiming(person: bpy.types.Object, table: FrameTable) -> None:
    """Give a person of any mode without a modifier the inputs, and let its motion obey them instead of the timeline."""
    add_inputs(person, table)
    MOTIONS[person.restage.mode](person, table)
    for part in (person, *person.children):
        if part.type == "MESH" and has_record(part) and person.restage.mode != "objects":
            _hide(part, "hidden", variables_of(person, HIDDEN))
            _follow_moving_texture(part, person, table)


def _hide(part: bpy.types.Object, expression: str, variables: dict[str, tuple[bpy.types.ID, str]]) -> None:
    """Hide an object by an expression, and no longer by keys."""
    keyed = [curve for curve in compat.fcurves_of(part) if curve.data_path in HIDES]
    if keyed:
        compat.remove_fcurves(part, keyed)
    for path in HIDES:
        part.driver_remove(path)
        drive(part, path, expression, variables)


def _follow_moving_texture(part: bpy.types.Object, person: bpy.types.Object, table: FrameTable) -> None:
    for tree in (material.node_tree for material in part.data.materials):
        if tree is not None and MOVING in tree.nodes:
            path = f'nodes["{MOVING}"].image_user'
            keyed = [curve for curve in compat.fcurves_of(tree) if curve.data_path.startswith(path)]
            if keyed:
                compat.remove_fcurves(tree, keyed)
            follow_pictures(tree, path, person, blender_frame(table.frame), table.number)


def _move_objects(person: bpy.types.Object, table: FrameTable) -> None:
    """Each shows until the next one does; the first one before as well, and the last one for good."""
    parts = sorted((part for part in person.children if part.restage.frame >= 0), key=lambda part: part.restage.frame)
    variables = variables_of(person, HIDDEN, SHOWN)
    for part in parts:
        part.hide_viewport = part.hide_render = part is not parts[0]
    starts = [blender_frame(part.restage.frame) - EPSILON for part in parts]
    for index, part in enumerate(parts):
        early = f" or shown_frame < {starts[index]}" if index else ""
        late = f" or shown_frame >= {starts[index + 1]}" if part is not parts[-1] else ""
        _hide(part, f"hidden{early}{late}", variables)


def _move_shape_keys(person: bpy.types.Object, table: FrameTable) -> None:
    follow_curves(person.data.shape_keys, person, lambda path: path == "eval_time")


def _move_cache(person: bpy.types.Object, table: FrameTable) -> None:
    modifier = person.modifiers[CACHE]
    # The file has a sample for every frame between the first and the last that show the person.
    times = blender_frame(table.number[[0, -1]])
    # How files of earlier versions retimed it.
    set_controls(person, offset=modifier.frame_start - float(times[0]), speed=modifier.frame_scale)
    modifier.play_mode = "CUSTOM"
    follow(person, f'modifiers["{CACHE}"].eval_frame', person, times, times - times[0], LINEAR)


def _move_bones(person: bpy.types.Object, table: FrameTable) -> None:
    follow_curves(person, person, lambda path: path.startswith("pose.bones"))


MOTIONS: dict[str, Callable[[bpy.types.Object, FrameTable], None]] = {
    "objects": _move_objects,
    "character_shape_keys": _move_shape_keys,
    "character_cache": _move_cache,
    "character_armature": _move_bones,
}

"""A sequence as one object a frame, of which one is visible at a time: every frame can be edited by itself."""

import bpy

from .frame_table import FrameTable
from .record import write_record
from .retimed_motion import add_retiming
from .sequence import Gaps, blender_frame, frame_object


def add_separate(
    name: str,
    job: str,
    meshes: dict[int, bpy.types.Mesh],
    table: FrameTable,
    collection: bpy.types.Collection,
    gaps: Gaps,
) -> bpy.types.Object:
    """An object in `collection` for every mesh, all children of one empty that moves them and has the inputs by which
    they show."""
    root = bpy.data.objects.new(name, None)
    root.empty_display_size = 0.2
    collection.objects.link(root)
    for number in table.shown:
        item = frame_object(name, number, meshes[number], job)
        item.parent = root
        collection.objects.link(item)
    write_record(root, job, "objects", gaps)
    add_retiming(root, table)
    return root


def key_gaps(item: bpy.types.Object, table: FrameTable) -> None:
    """Hide an object while the clip has no person."""
    gaps = set(table.gaps)
    _key_hidden(item, blender_frame(int(table.frame[0])) - 1, False)
    for number in table.frame.tolist():
        hidden = number in gaps
        if hidden != (number - 1 in gaps):
            _key_hidden(item, blender_frame(number), hidden)


def _key_hidden(item: bpy.types.Object, frame: int, hidden: bool) -> None:
    item.hide_viewport = item.hide_render = hidden
    item.keyframe_insert("hide_viewport", frame=frame)
    item.keyframe_insert("hide_render", frame=frame)

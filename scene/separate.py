"""A sequence as one object a frame, shown by keys on its visibility: every frame can be edited by itself."""

import bpy

from .frame_table import FrameTable
from .sequence import Gaps, blender_frame, frame_object

Span = tuple[int, int | None]


def spans(table: FrameTable, gaps: Gaps) -> dict[int, Span]:
    """When each mesh shows: {the clip's frame: (first timeline frame, timeline frame to hide at or None)}.

    A mesh stays until the next one, so frames that a step left out are bridged, and the last one stays for good; with
    gaps "hide" a mesh also ends at the next missing frame.
    """
    shown = table.shown
    ends = sorted({*shown, *table.gaps}) if gaps == "hide" else shown
    result: dict[int, Span] = {}
    for number in shown:
        end = next((other for other in ends if other > number), None)
        result[number] = (blender_frame(number), None if end is None else blender_frame(end))
    return result


def add_separate(
    name: str,
    job: str,
    meshes: dict[int, bpy.types.Mesh],
    table: FrameTable,
    collection: bpy.types.Collection,
    gaps: Gaps,
) -> bpy.types.Object:
    """An object in `collection` for every mesh, keyed on the timeline, all children of one empty that moves them."""
    root = bpy.data.objects.new(name, None)
    root.empty_display_size = 0.2
    collection.objects.link(root)
    for number, span in spans(table, gaps).items():
        item = frame_object(name, number, meshes[number], job)
        item.parent = root
        collection.objects.link(item)
        _key_visibility(item, span)
    return root


def _key_visibility(item: bpy.types.Object, span: Span) -> None:
    """Key hide_viewport and hide_render; Blender gives keys of switches constant interpolation by itself."""
    start, end = span
    keys = [(start - 1, True), (start, False)] + ([] if end is None else [(end, True)])
    for frame, hidden in keys:
        _key_hidden(item, frame, hidden)


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

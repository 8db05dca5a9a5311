"""The frames of a job on the timeline: one object a frame, shown by keys on its visibility."""

from collections.abc import Iterable
from typing import Literal

import bpy

from ..core.job import Job
from ..core.ply import read_ply
from .axes import points_to_blender
from .material import colour_material
from .mesh import make_mesh

Gaps = Literal["hold", "hide"]
Span = tuple[int, int | None]

FRAME_KEY = "restage_frame"


def blender_frame(number: int) -> int:
    """The timeline's frame of a clip's frame: the clip counts from 0, the timeline from 1."""
    return number + 1


def spans(finished: Iterable[int], missing: Iterable[int], gaps: Gaps) -> dict[int, Span]:
    """When each finished frame shows: {clip frame: (first timeline frame, timeline frame to hide at or None)}.

    finished, missing: clip frames with a mesh, and those that were tried and have none. A mesh stays until the next
    one, so frames that a step left out are bridged; with gaps "hide" it also ends at the next missing frame.
    """
    shown = sorted(finished)
    ends = sorted({*shown, *missing}) if gaps == "hide" else shown
    result: dict[int, Span] = {}
    for number in shown:
        end = next((other for other in ends if other > number), None)
        result[number] = (blender_frame(number), None if end is None else blender_frame(end))
    return result


def object_name(job: Job, number: int | None = None, kind: str = "EMPTY") -> str:
    """The name of a job's object: of the mesh of a frame, of the camera, or of the empty that holds all."""
    if number is not None:
        return f"{job.record.name} {number:06d}"
    return f"{job.record.name} Camera" if kind == "CAMERA" else job.record.name


def add_sequence(job: Job, collection: bpy.types.Collection, gaps: Gaps) -> list[bpy.types.Object]:
    """One object for every finished frame, keyed on the timeline, all children of one empty that moves them."""
    finished = job.finished_frames()
    root = bpy.data.objects.new(object_name(job), None)
    root.empty_display_size = 0.2
    collection.objects.link(root)
    material = colour_material()
    objects = []
    for number, span in spans(finished, set(job.record.frames) - set(finished), gaps).items():
        vertices, faces, colours = read_ply(job.mesh_path(number))
        name = object_name(job, number)
        mesh = make_mesh(name, points_to_blender(vertices), faces, colours)
        mesh.materials.append(material)
        item = bpy.data.objects.new(name, mesh)
        item.parent = root
        item[FRAME_KEY] = number
        collection.objects.link(item)
        _key_visibility(item, span)
        objects.append(item)
    return objects


def _key_visibility(item: bpy.types.Object, span: Span) -> None:
    """Key hide_viewport and hide_render; Blender gives keys of switches constant interpolation by itself."""
    start, end = span
    keys = [(start - 1, True), (start, False)] + ([] if end is None else [(end, True)])
    for frame, hidden in keys:
        item.hide_viewport = item.hide_render = hidden
        item.keyframe_insert("hide_viewport", frame=frame)
        item.keyframe_insert("hide_render", frame=frame)

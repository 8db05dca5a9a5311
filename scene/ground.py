"""The floor that the person stands on: the job's world has it at height 0."""

import bpy

from ..core.arrays import BODY, read_arrays
from ..core.job import Job
from .axes import points_to_blender

# Metres of floor around the places where the person was, so that shadows fall on it.
MARGIN = 2.0


def add_ground(job: Job, collection: bpy.types.Collection) -> bpy.types.Object:
    """A square under everywhere that the person goes, which only catches shadows where Cycles renders."""
    path = points_to_blender(read_arrays(job.body_path, BODY, "translation")["translation"])
    low, high = path[:, :2].min(axis=0) - MARGIN, path[:, :2].max(axis=0) + MARGIN
    name = f"{job.record.name} Ground"
    mesh = bpy.data.meshes.new(name)
    corners = [(low[0], low[1], 0.0), (high[0], low[1], 0.0), (high[0], high[1], 0.0), (low[0], high[1], 0.0)]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    item = bpy.data.objects.new(name, mesh)
    item.is_shadow_catcher = True
    item.display_type = "WIRE"
    collection.objects.link(item)
    return item

"""What every way to put a job's frames on the timeline shares: modes, names, the meshes."""

from typing import Literal

import bpy

from ..core.job import Job
from ..core.ply import read_ply
from .axes import points_to_blender
from .frame_table import FrameTable
from .material import colour_material
from .mesh import make_mesh
from .picture import add_picture
from .record import write_record

Gaps = Literal["hold", "hide"]


def blender_frame(number: int) -> int:
    """The timeline's frame of a clip's frame: the clip counts from 0, the timeline from 1."""
    return number + 1


def frame_name(name: str, number: int) -> str:
    """The name of a frame's mesh and object in the sequence `name`."""
    return f"{name} {number:06d}"


def frame_table(job: Job) -> FrameTable:
    """Which frames of a job have a mesh, and which should have one."""
    finished = job.finished_frames()
    return FrameTable.of(finished, set(job.record.frames) - set(finished))


def read_meshes(job: Job, pictures: bool = False) -> dict[int, bpy.types.Mesh]:
    """The mesh of every finished frame, by the clip's frame; with its picture on it, where that is wished.

    Raises RestageError `mesh_unreadable`.
    """
    material = colour_material()
    meshes: dict[int, bpy.types.Mesh] = {}
    try:
        for number in job.finished_frames():
            vertices, faces, colours = read_ply(job.mesh_path(number))
            meshes[number] = make_mesh(frame_name(job.record.name, number), points_to_blender(vertices), faces, colours)
            meshes[number].materials.append(material)
    except BaseException:
        bpy.data.batch_remove(list(meshes.values()))
        raise
    if pictures:
        camera = job.camera()
        for number, mesh in meshes.items():
            add_picture(mesh, camera, job.picture_path(number))
    return meshes


def frame_object(name: str, number: int, mesh: bpy.types.Mesh, job: str) -> bpy.types.Object:
    """An object for the mesh of one frame, marked as such."""
    mesh.name = frame_name(name, number)
    item = bpy.data.objects.new(mesh.name, mesh)
    write_record(item, job, frame=number)
    return item

"""A character's texture of every frame: its material shows the one that belongs to the timeline's frame."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np

from .curves import CONSTANT, write_curve
from .frame_table import FrameTable
from .material import shader_of
from .sequence import blender_frame

# Nodes of the material: the one picture of the clip, and those of its frames.
STILL, MOVING = "Restage Still", "Restage Moving"


def add_moving_texture(material: bpy.types.Material, files: dict[int, Path], table: FrameTable) -> None:
    """Let a material that has a picture show another one at every frame; files: by the clip's frame."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    still = shader_of(material).inputs["Base Color"].links[0].from_node
    moving = nodes.new("ShaderNodeTexImage")
    moving.name, moving.location = MOVING, (still.location.x, still.location.y + 280)
    still.name = STILL
    first = int(table.number[0])
    moving.image = bpy.data.images.load(str(files[first]))
    moving.image.source = "SEQUENCE"
    # Blender shows the file of the number: frame - frame_start + 1, from 0 to frame_duration, + frame_offset.
    start, user = blender_frame(int(table.frame[0])), moving.image_user
    user.use_auto_refresh, user.frame_start = True, start + 1
    user.frame_duration = max(len(table.frame) - 1, 1)
    path = f'nodes["{MOVING}"].image_user.frame_offset'
    passed = np.arange(len(table.frame))
    write_curve(material.node_tree, path, 0, start + passed, table.number - passed, CONSTANT)
    links.new(moving.outputs["Color"], shader_of(material).inputs["Base Color"])
    nodes.active = moving


@contextmanager
def still_textures(materials: Iterable[bpy.types.Material]) -> Iterator[None]:
    """Materials with the one picture of the whole clip, as long as this lasts: files for other programs have one."""
    moving = [material for material in materials if material.node_tree and material.node_tree.nodes.get(MOVING)]
    _show(STILL, moving)
    try:
        yield
    finally:
        _show(MOVING, moving)


def _show(name: str, materials: Iterable[bpy.types.Material]) -> None:
    """Let the node of that name give the colours of materials."""
    for material in materials:
        nodes = material.node_tree.nodes
        material.node_tree.links.new(nodes[name].outputs["Color"], shader_of(material).inputs["Base Color"])
        nodes.active = nodes[name]

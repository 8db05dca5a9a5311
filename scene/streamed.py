"""A sequence as one object that reads each frame's file when it is shown: the .blend stays small, the memory too."""

import math

import bpy

from ..core.errors import RestageError
from .frame_table import NUMBER, FrameTable
from .material import colour_material
from .playback import SequenceTree, add_modifier, set_controls
from .retiming import add_shown_frame

TREE = "Restage Streamed Sequence"
FOLDER, MATERIAL = "Folder", "Material"


def add_streamed(name: str, folder: str, table: FrameTable, collection: bpy.types.Collection) -> bpy.types.Object:
    """An object in `collection` that shows, at every frame, the mesh in `folder`/NUMBER.ply.

    Blender keeps the files that it has read up to Preferences > System > Memory Cache Limit, and no handler runs.
    Raises RestageError `streaming_missing` when this Blender has no node that reads PLY files.
    """
    if not hasattr(bpy.types, "GeometryNodeImportPLY"):
        raise RestageError(
            "streaming_missing",
            f"Blender {bpy.app.version_string} has no geometry node that reads PLY files, which streaming needs. Choose"
            " the mode Packed, or use Blender 4.5 or newer.",
        )
    item = bpy.data.objects.new(name, table.make_mesh(name))
    collection.objects.link(item)
    add_modifier(item, bpy.data.node_groups.get(TREE) or _make_tree())
    material = colour_material()
    item.data.materials.append(material)
    set_controls(item, folder=folder, material=material)
    add_shown_frame(item, table)
    return item


def _make_tree() -> bpy.types.NodeTree:
    tree = SequenceTree(TREE)
    folder = tree.add_input(FOLDER, "String", "Folder with the frames as PLY files, frames/ of the job folder")
    material = tree.add_input(MATERIAL, "Material", "Material of the meshes")
    text = tree.node("FunctionNodeFormatString", {"Format": "{folder}/{number:06}.ply"})
    text.format_items.new("STRING", "folder")
    text.format_items.new("INT", "number")
    tree.set(text.inputs["folder"], folder)
    tree.set(text.inputs["number"], tree.column(NUMBER))
    read = tree.node("GeometryNodeImportPLY", {"Path": text.outputs[0]})
    # From the job's axes to Blender's, see axes.py.
    turned = tree.node("GeometryNodeTransform", {"Geometry": read.outputs[0], "Rotation": (math.pi / 2, 0.0, 0.0)})
    smooth = tree.node("GeometryNodeSetShadeSmooth", {"Geometry": turned.outputs[0], "Shade Smooth": True})
    painted = tree.node("GeometryNodeSetMaterial", {"Geometry": smooth.outputs[0], "Material": material})
    return tree.finish(painted.outputs[0])

"""The material that shows a mesh's own colours, and viewports that show them without it."""

import bpy

from . import compat
from .mesh import COLOUR_NAME

NAME = "Restage Colours"


def colour_material() -> bpy.types.Material:
    """The material that wires the colour attribute into a matte surface; made once a file."""
    material = bpy.data.materials.get(NAME)
    if material is not None:
        return material
    material = bpy.data.materials.new(NAME)
    compat.use_nodes(material)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 1.0
    shader.inputs["Specular IOR Level"].default_value = 0.0
    colours = nodes.new("ShaderNodeVertexColor")
    colours.layer_name = COLOUR_NAME
    colours.location = (shader.location.x - 220, shader.location.y)
    links.new(colours.outputs["Color"], shader.inputs["Base Color"])
    return material


def show_colours_in_viewports() -> None:
    """Make solid viewports draw colour attributes: without it a new mesh looks grey."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    space.shading.color_type = "VERTEX"

"""The material that shows a mesh's own colours, and viewports that show them without it."""

from pathlib import Path

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
    colours = _matte(material, "ShaderNodeVertexColor")
    colours.layer_name = COLOUR_NAME
    return material


def texture_material(name: str, texture: Path) -> bpy.types.Material:
    """A matte material with a picture on the mesh's texture coordinates, or plain where there is no picture."""
    material = bpy.data.materials.new(name)
    if texture.exists():
        node = _matte(material, "ShaderNodeTexImage")
        node.image = bpy.data.images.load(str(texture), check_existing=True)
    else:
        compat.use_nodes(material)
    return material


def has_texture(mesh: bpy.types.Mesh) -> bool:
    """Whether a mesh gets its colours from a picture rather than from its own attribute."""
    return any(
        node.type == "TEX_IMAGE" and node.image
        for material in mesh.materials
        if material and material.node_tree
        for node in material.node_tree.nodes
    )


def _matte(material: bpy.types.Material, kind: str) -> bpy.types.Node:
    """Give a material a matte surface whose colour a node of this kind gives; returns that node."""
    compat.use_nodes(material)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 1.0
    shader.inputs["Specular IOR Level"].default_value = 0.0
    colours = nodes.new(kind)
    colours.location = (shader.location.x - 300, shader.location.y)
    links.new(colours.outputs["Color"], shader.inputs["Base Color"])
    # Solid viewports and baking take the active node's picture.
    nodes.active = colours
    return colours


def show_colours_in_viewports(texture: bool = False) -> None:
    """Make solid viewports draw colour attributes, or pictures: without it a new mesh looks grey."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    space.shading.color_type = "TEXTURE" if texture else "VERTEX"

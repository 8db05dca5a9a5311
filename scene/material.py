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


def texture_material(name: str, texture: Path, normals: Path) -> bpy.types.Material:
    """A matte material with a picture and a normal map on the mesh's texture coordinates, or plain where there is no
    picture."""
    material = bpy.data.materials.new(name)
    if texture.exists():
        node = _matte(material, "ShaderNodeTexImage")
        node.image = bpy.data.images.load(str(texture), check_existing=True)
        if normals.exists():
            _add_normals(material, bpy.data.images.load(str(normals), check_existing=True))
    else:
        compat.use_nodes(material)
    return material


def shader_of(material: bpy.types.Material) -> bpy.types.Node:
    """The surface of one of these materials."""
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def picture_material(name: str, picture: bpy.types.Image, place: str, seen: str) -> bpy.types.Material:
    """A matte material of the colour attribute, with a picture over it: at the texture coordinates of the attribute
    `place`, as far as the attribute `seen` says."""
    material = bpy.data.materials.new(name)
    colours = _matte(material, "ShaderNodeVertexColor")
    colours.layer_name = COLOUR_NAME
    nodes, links = material.node_tree.nodes, material.node_tree.links
    mix = nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    texture = nodes.new("ShaderNodeTexImage")
    texture.image, texture.extension = picture, "EXTEND"
    places, weights = nodes.new("ShaderNodeAttribute"), nodes.new("ShaderNodeAttribute")
    places.attribute_name, weights.attribute_name = place, seen
    # By identifier: names change from version to version.
    sockets = {socket.identifier: socket for node in (mix, weights) for socket in (*node.inputs, *node.outputs)}
    links.new(places.outputs["Vector"], texture.inputs["Vector"])
    links.new(sockets["Fac"], sockets["Factor_Float"])
    links.new(colours.outputs["Color"], sockets["A_Color"])
    links.new(texture.outputs["Color"], sockets["B_Color"])
    shader = shader_of(material)
    links.new(sockets["Result_Color"], shader.inputs["Base Color"])
    for node, x, y in (
        (mix, 200, 0),
        (colours, 420, 120),
        (weights, 420, -40),
        (texture, 480, -220),
        (places, 700, -220),
    ):
        node.location = (shader.location.x - x, shader.location.y + y)
    return material


def has_texture(mesh: bpy.types.Mesh) -> bool:
    """Whether a mesh gets all its colours from a picture rather than from its own attribute."""
    return bool(mesh.uv_layers) and any(
        node.type == "TEX_IMAGE" and node.image
        for material in mesh.materials
        if material and material.node_tree
        for node in material.node_tree.nodes
    )


def _matte(material: bpy.types.Material, kind: str) -> bpy.types.Node:
    """Give a material a matte surface whose colour a node of this kind gives; returns that node."""
    compat.use_nodes(material)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = shader_of(material)
    shader.inputs["Roughness"].default_value = 1.0
    shader.inputs["Specular IOR Level"].default_value = 0.0
    colours = nodes.new(kind)
    colours.location = (shader.location.x - 300, shader.location.y)
    links.new(colours.outputs["Color"], shader.inputs["Base Color"])
    # Solid viewports and baking take the active node's picture.
    nodes.active = colours
    return colours


def _add_normals(material: bpy.types.Material, normals: bpy.types.Image) -> None:
    """Let a material's surface have the folds of a normal map."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = shader_of(material)
    normals.colorspace_settings.name = "Non-Color"
    picture, bent = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeNormalMap")
    picture.image = normals
    links.new(picture.outputs["Color"], bent.inputs["Color"])
    links.new(bent.outputs["Normal"], shader.inputs["Normal"])
    bent.location = (shader.location.x - 200, shader.location.y - 300)
    picture.location = (shader.location.x - 500, shader.location.y - 300)
    # A new node is the active one, which solid viewports show.
    nodes.active = next(node for node in nodes if node.type == "TEX_IMAGE" and node.image != normals)


def show_colours_in_viewports(texture: bool = False) -> None:
    """Make solid viewports draw colour attributes, or pictures, as they are: without it a new mesh looks grey, and a
    second light over the clip's own makes it dark."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            for space in area.spaces:
                if space.type == "VIEW_3D":
                    space.shading.color_type = "TEXTURE" if texture else "VERTEX"
                    space.shading.light = "FLAT"

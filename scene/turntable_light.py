"""Light and ground of the turntable, for each engine."""

import math
from typing import TYPE_CHECKING

import bpy

from ..core.errors import RestageError
from . import compat
from .material import has_texture

if TYPE_CHECKING:
    from .turntable import TurntableOptions

NAME = "Restage Turntable"
SAMPLES = 32


def set_light(
    stage: bpy.types.Scene, options: "TurntableOptions", ground: tuple[float, float, float], width: float
) -> None:
    """Light a scene in the engine of the options; a shadow falls on a square of this width around `ground`.

    Raises RestageError `render_engine_missing` when this Blender lacks the engine.
    """
    try:
        stage.render.engine = {"WORKBENCH": "BLENDER_WORKBENCH", "EEVEE": compat.eevee()}.get(
            options.engine, options.engine
        )
    except TypeError as error:
        raise RestageError(
            "render_engine_missing",
            f"This Blender has no {options.engine.title()}. Choose another engine, or switch its add-on on.",
        ) from error
    # The colours are the clip's: a film look on top of them would be one too many.
    stage.view_settings.view_transform = "Standard"
    stage.world = bpy.data.worlds.new(NAME)
    if options.colour is not None:
        stage.world.color = options.colour
    if options.engine == "WORKBENCH":
        _set_workbench(stage, options)
    else:
        _set_world(stage.world, options)
        if options.light == "STUDIO":
            _add_sun(stage)
    if options.engine == "CYCLES":
        stage.cycles.samples, stage.cycles.use_denoising = SAMPLES, False
    if options.shadow:
        _add_catcher(stage, ground, width)


def _set_workbench(stage: bpy.types.Scene, options: "TurntableOptions") -> None:
    shading = stage.display.shading
    textured = any(has_texture(item.data) for item in stage.collection.objects if item.type == "MESH")
    shading.color_type, shading.light = "TEXTURE" if textured else "VERTEX", options.light
    shading.show_cavity = shading.show_shadows = shading.show_object_outline = False
    # Highlights would make skin and cloth look like plastic: the clip has its own in the colours.
    shading.show_specular_highlight = False
    stage.display.render_aa = "8"


def _set_world(world: bpy.types.World, options: "TurntableOptions") -> None:
    """Even white light from everywhere, while the camera sees the background's colour."""
    compat.use_nodes(world)
    tree = world.node_tree
    light = next(node for node in tree.nodes if node.type == "BACKGROUND")
    light.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    light.inputs["Strength"].default_value = 0.5 if options.light == "STUDIO" else 1.0
    if options.colour is None:
        return
    seen = tree.nodes.new("ShaderNodeBackground")
    seen.inputs["Color"].default_value = (*options.colour, 1.0)
    ray, mix = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(ray.outputs["Is Camera Ray"], mix.inputs[0])
    tree.links.new(light.outputs[0], mix.inputs[1])
    tree.links.new(seen.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], next(node for node in tree.nodes if node.type == "OUTPUT_WORLD").inputs[0])


def _add_sun(stage: bpy.types.Scene) -> None:
    lamp = bpy.data.lights.new(NAME, "SUN")
    lamp.energy, lamp.angle = 2.0, math.radians(10.0)
    sun = bpy.data.objects.new(NAME, lamp)
    sun.rotation_euler = (math.radians(40.0), math.radians(20.0), math.radians(30.0))
    stage.collection.objects.link(sun)


def _add_catcher(stage: bpy.types.Scene, ground: tuple[float, float, float], width: float) -> None:
    mesh = bpy.data.meshes.new(NAME)
    half = width / 2
    mesh.from_pydata([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], [], [(0, 1, 2, 3)])
    catcher = bpy.data.objects.new(NAME, mesh)
    catcher.location = ground
    catcher.is_shadow_catcher = True
    stage.collection.objects.link(catcher)

"""Differences between Blender 4.5, 5.0 and 5.2: one function each, to be deleted when the minimum version rises."""

import bpy
from bpy_extras import anim_utils

# Accepted since 4.5, which is our minimum; kept here because 5.x adds more options to this set.
BLEND_RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"}


def set_video_output(scene: bpy.types.Scene) -> None:
    """Make a scene write H.264 in MP4. 5.0 refuses the format FFMPEG until the media type is VIDEO."""
    image_settings = scene.render.image_settings
    if hasattr(image_settings, "media_type"):
        image_settings.media_type = "VIDEO"
    image_settings.file_format = "FFMPEG"
    image_settings.color_mode = "RGB"
    scene.render.ffmpeg.format = "MPEG4"
    scene.render.ffmpeg.codec = "H264"
    scene.render.ffmpeg.constant_rate_factor = "HIGH"
    scene.render.ffmpeg.audio_codec = "NONE"


def set_picture_output(scene: bpy.types.Scene, mode: str) -> None:
    """Make a scene write PNG pictures; mode: RGB or RGBA."""
    image_settings = scene.render.image_settings
    if hasattr(image_settings, "media_type"):
        image_settings.media_type = "IMAGE"
    image_settings.file_format = "PNG"
    image_settings.color_mode = mode
    # Fast and still half as large as no compression; most of these pictures live for seconds.
    image_settings.compression = 15


def use_nodes(owner: bpy.types.Material | bpy.types.World) -> None:
    """Give a material or world its node tree. Since 5.0 it always has one, and setting this warns."""
    if bpy.app.version < (5, 0, 0):
        owner.use_nodes = True


def fcurves_of(owner: bpy.types.ID) -> list[bpy.types.FCurve]:
    """The animation curves of a data-block. 5.0 removed Action.fcurves in favour of one channel bag a slot."""
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return []
    bag = anim_utils.action_get_channelbag_for_slot(animation.action, animation.action_slot)
    return list(bag.fcurves) if bag else []


def remove_fcurves(owner: bpy.types.ID, curves: list[bpy.types.FCurve]) -> None:
    """Remove animation curves of a data-block, and its action when none is left and nobody else uses it."""
    animation = owner.animation_data
    action, slot = animation.action, animation.action_slot
    bag = anim_utils.action_get_channelbag_for_slot(action, slot)
    for curve in curves:
        bag.fcurves.remove(curve)
    if not bag.fcurves:
        animation.action = None
        if not action.users:
            bpy.data.actions.remove(action)


def modifier_inputs(modifier: bpy.types.NodesModifier) -> dict[str, str]:
    """Identifiers of the inputs of a geometry nodes modifier, by their names."""
    items = modifier.node_group.interface.items_tree
    return {item.name: item.identifier for item in items if item.item_type == "SOCKET" and item.in_out == "INPUT"}


def modifier_input_path(modifier: bpy.types.NodesModifier, name: str) -> tuple[object, str]:
    """Where an input's value is: its owner, and the property's path from there. 5.2 moved them out of the modifier's
    custom properties."""
    identifier = modifier_inputs(modifier)[name]
    if hasattr(modifier, "properties"):
        return getattr(modifier.properties.inputs, identifier), "value"
    return modifier, f'["{identifier}"]'


def modifier_input_data_path(modifier: bpy.types.NodesModifier, name: str) -> str:
    """The path of an input's value from its object, as curves and drivers name it."""
    owner, path = modifier_input_path(modifier, name)
    return owner.path_from_id(path) if hasattr(modifier, "properties") else f"{modifier.path_from_id()}{path}"


def modifier_input(modifier: bpy.types.NodesModifier, name: str) -> object:
    """The value of a geometry nodes modifier's input."""
    if hasattr(modifier, "properties"):
        return getattr(modifier.properties.inputs, modifier_inputs(modifier)[name]).value
    return modifier[modifier_inputs(modifier)[name]]


def set_modifier_input(modifier: bpy.types.NodesModifier, name: str, value: object) -> None:
    """Give a geometry nodes modifier's input another value."""
    if hasattr(modifier, "properties"):
        getattr(modifier.properties.inputs, modifier_inputs(modifier)[name]).value = value
    else:
        modifier[modifier_inputs(modifier)[name]] = value


def strips(editor: bpy.types.SequenceEditor) -> bpy.types.bpy_prop_collection:
    """The strips of a sequence editor. 5.0 removed their old name `sequences`."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def eevee() -> str:
    """The identifier of EEVEE. 5.0 gave it back its plain name."""
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"

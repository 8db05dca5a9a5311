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

"""The closed panels under the main one: settings that are good as they are."""

import bpy

from .text import draw_lines, letters_of

# Settings that mean nothing without another, and those that show in one mode only.
NEEDS = dict.fromkeys(("use_moving_texture", "texture_size", "use_video"), "use_character")
SHOWN_IN = {"bone_names": "character_armature"}


class _SettingsPanel:
    """Mixin: a closed sub-panel that lists properties of the scene's settings."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"
    bl_parent_id = "RESTAGE_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    names: tuple[str, ...] = ()

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column, settings = layout.column(), context.scene.restage
        for name in self.names:
            if settings.mode != SHOWN_IN.get(name, settings.mode):
                continue
            row, need = column.row(), NEEDS.get(name)
            row.enabled = need is None or getattr(settings, need)
            row.prop(settings, name)
            if not row.enabled:
                names = [settings.bl_rna.properties[other].name for other in (name, need)]
                draw_lines(column, " needs ".join(names), letters_of(context))


class RESTAGE_PT_frames(_SettingsPanel, bpy.types.Panel):
    """Which frames of the clip to reconstruct, how fast they run, and where the person is in them."""

    bl_idname = "RESTAGE_PT_frames"
    bl_label = "Frames"
    names = ("frame_start", "frame_end", "frame_step", "rate", "masks")


class RESTAGE_PT_quality(_SettingsPanel, bpy.types.Panel):
    """Quality against time."""

    bl_idname = "RESTAGE_PT_quality"
    bl_label = "Quality"
    names = (
        "method",
        "device",
        "workers",
        "steadiness",
        "use_character",
        "use_moving_texture",
        "texture_size",
        "height",
        "focal",
    )


class RESTAGE_PT_result(_SettingsPanel, bpy.types.Panel):
    """Where the result goes and how it is imported."""

    bl_idname = "RESTAGE_PT_result"
    bl_label = "Result"
    names = (
        "output",
        "use_video",
        "mode",
        "bone_names",
        "gaps",
        "use_pictures",
        "use_camera",
        "use_timeline",
        "use_ground",
    )

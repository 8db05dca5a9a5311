"""The panel of the turntable: how it looks, the button, and how far it is."""

import bpy

from ..scene import turntable_run
from .text import draw_lines, letters_of


class RESTAGE_PT_turntable(bpy.types.Panel):
    """A video of one full turn."""

    bl_idname = "RESTAGE_PT_turntable"
    bl_label = "Turntable"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.restage
        column = layout.column()
        column.enabled = turntable_run.current is None
        column.prop(settings, "turntable_motion")
        if settings.turntable_motion == "still":
            column.prop(settings, "turntable_frames")
        for name in ("size", "engine", "light", "background"):
            column.prop(settings, f"turntable_{name}")
        if settings.turntable_background == "COLOUR":
            column.prop(settings, "turntable_colour")
        if settings.turntable_engine == "CYCLES":
            column.prop(settings, "turntable_shadow")
        column.prop(settings, "turntable_output")
        run = turntable_run.current
        if run is None:
            layout.operator("restage.render_turntable", icon="RENDER_ANIMATION")
            return
        draw_lines(layout, "These settings stay as they are while it renders", letters_of(context))
        layout.progress(factor=run.done / max(run.count, 1), type="BAR", text=f"{run.done} / {run.count or '?'}")
        layout.operator("restage.cancel_turntable", icon="CANCEL")

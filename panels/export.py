"""The panel that writes the selected person for other programs."""

import bpy

from ..scene import formats
from ..scene.record import person_of
from .text import draw_lines, letters_of


class RESTAGE_PT_export(bpy.types.Panel):
    """Shown while a person is selected."""

    bl_idname = "RESTAGE_PT_export"
    bl_label = "Export"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return person_of(context.object) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(context.scene.restage, "export_format")
        draw_lines(layout, formats.lack(context.scene.restage.export_format), letters_of(context))
        layout.operator("restage.export", icon="EXPORT")

"""The panel of the PaMIR route: its licences, then where the user's models are."""

import bpy

from ..core.pamir.licence import LICENCE
from ..scene import engine, pamir
from .engine import draw_models
from .text import draw_lines, letters_of


class RESTAGE_PT_pamir(bpy.types.Panel):
    """Shown while the method is PaMIR."""

    bl_idname = "RESTAGE_PT_pamir"
    bl_label = "PaMIR"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"
    bl_parent_id = "RESTAGE_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.scene.restage.method == "pamir"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if not pamir.accepted():
            draw_lines(layout, LICENCE, letters_of(context))
            layout.operator("restage.accept_pamir", icon="CHECKMARK")
            return
        if not engine.is_ready(("worker", "pamir")):
            layout.operator("restage.setup_pamir", icon="IMPORT")
        preferences = context.preferences.addons[engine.ROOT_PACKAGE].preferences
        draw_models(layout, preferences, letters_of(context))
        layout.label(text="Results are for non-commercial use", icon="INFO")

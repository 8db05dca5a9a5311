"""The panel of the selected person: when which frame shows, and how it plays."""

import bpy

from ..scene import compat
from ..scene.mesh_cache import MODIFIER
from ..scene.playback import CONTROLS, FRAME, RETIME, modifier_of
from ..scene.record import is_sequence


class RESTAGE_PT_sequence(bpy.types.Panel):
    """Shown while a person is selected."""

    bl_idname = "RESTAGE_PT_sequence"
    bl_label = "Sequence"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return is_sequence(context.object)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        item = context.object
        modifier = modifier_of(item)
        if modifier is not None:
            column = layout.column()
            for name in CONTROLS:
                row = column.row()
                retimed = bool(compat.modifier_input(modifier, RETIME))
                row.active = name == RETIME or (name == FRAME) == retimed or name not in ("Speed", "Offset", FRAME)
                owner, path = compat.modifier_input_path(modifier, name)
                row.prop(owner, path, text=name)
        cache = item.modifiers.get(MODIFIER)
        if cache is not None:
            column = layout.column()
            column.prop(cache, "frame_start", text="Start")
            column.prop(cache, "frame_scale", text="Speed")
        if item.type == "ARMATURE":
            layout.prop(item.restage, "bone_names")
        layout.operator_menu_enum("restage.convert_sequence", "mode", text="Convert To")

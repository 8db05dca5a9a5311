"""The panel of the selected person: when which frame shows, and how it plays."""

import bpy

from ..choices import MODES
from ..scene.playback import CONTROLS, FRAME, OFFSET, RETIME, SPEED, control, control_value, has_controls
from ..scene.proxies import can_have_proxies, has_proxies, proxies_switch
from ..scene.record import person_of


class RESTAGE_PT_sequence(bpy.types.Panel):
    """Shown while a person is selected."""

    bl_idname = "RESTAGE_PT_sequence"
    bl_label = "Sequence"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return person_of(context.object) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        item = person_of(context.object)
        if has_controls(item):
            column = layout.column()
            retimed = bool(control_value(item, RETIME))
            for name in CONTROLS:
                row = column.row()
                row.active = name not in (SPEED, OFFSET, FRAME) or (name == FRAME) == retimed
                owner, path = control(item, name)
                row.prop(owner, path, text=name)
        else:
            layout.operator("restage.retime")
        if can_have_proxies(item):
            _draw_proxies(layout, item)
        if item.type == "ARMATURE":
            layout.prop(item.restage, "bone_names")
        _draw_mode(layout, item.restage.mode)
        layout.operator_menu_enum("restage.convert_sequence", "mode", text="Convert To")


def _draw_proxies(layout: bpy.types.UILayout, item: bpy.types.Object) -> None:
    """What stands in for the meshes in viewports."""
    if not has_proxies(item):
        layout.operator("restage.add_proxies")
        return
    row = layout.row()
    owner, path = proxies_switch(item)
    row.prop(owner, path, text="Proxies")
    row.operator("restage.remove_proxies", text="", icon="X")


def _draw_mode(layout: bpy.types.UILayout, mode: str) -> None:
    """How the person plays, in line with the properties above."""
    row = layout.split(factor=0.4)
    name = row.row()
    name.alignment = "RIGHT"
    name.label(text="Mode")
    row.label(text=next((words for other, words, _ in MODES if other == mode), mode))

"""Viewport Proxies: small meshes that stand in for a packed person's where one of full size plays too slowly."""

import bpy

from ..scene.proxies import add_proxies, can_have_proxies, has_proxies, remove_proxies
from ..scene.record import person_of
from .conditions import NeedsPerson


class RESTAGE_OT_add_proxies(NeedsPerson, bpy.types.Operator):
    """Make a smaller mesh of every frame, which viewports show instead, so that they play faster. Renders and exports
    show the full ones"""

    bl_idname = "restage.add_proxies"
    bl_label = "Add Viewport Proxies"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        if reason := super().refusal(context):
            return reason
        person = person_of(context.object)
        if not can_have_proxies(person):
            return "Convert the person to Packed first: only that mode has proxies"
        return "This person has proxies; remove them first to make them anew" if has_proxies(person) else ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        manager = context.window_manager
        manager.progress_begin(0, 1)
        try:
            for done, count in add_proxies(person_of(context.object)):
                manager.progress_update(done / count)
        finally:
            manager.progress_end()
        return {"FINISHED"}


class RESTAGE_OT_remove_proxies(NeedsPerson, bpy.types.Operator):
    """Remove the smaller meshes: viewports show the full ones again, and the file gets smaller"""

    bl_idname = "restage.remove_proxies"
    bl_label = "Remove Viewport Proxies"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        reason = super().refusal(context)
        return reason or ("" if has_proxies(person_of(context.object)) else "This person has no proxies")

    def execute(self, context: bpy.types.Context) -> set[str]:
        remove_proxies(person_of(context.object))
        return {"FINISHED"}

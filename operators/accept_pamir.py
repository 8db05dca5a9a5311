"""Accept PaMIR's Licences: the user says that the models are used for non-commercial ends."""

import bpy

from ..scene import pamir


class RESTAGE_OT_accept_pamir(bpy.types.Operator):
    """Keep in the preferences that the licences above were read and that PaMIR is used for non-commercial ends only"""

    bl_idname = "restage.accept_pamir"
    bl_label = "Accept for Non-Commercial Use"
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        pamir.accept()
        return {"FINISHED"}

"""Add Retiming: give the selected person inputs that say which frame of the clip shows when."""

import bpy

from ..core.errors import RestageError
from ..scene.modes import retime
from ..scene.playback import has_controls
from ..scene.record import person_of
from .conditions import NeedsPerson
from .errors import report


class RESTAGE_OT_retime(NeedsPerson, bpy.types.Operator):
    """Let the motion obey speed, offset, loop and frame of the clip, which can be keyed, instead of keys of its own"""

    bl_idname = "restage.retime"
    bl_label = "Add Retiming"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        reason = super().refusal(context)
        return reason or ("This person can be retimed already" if has_controls(person_of(context.object)) else "")

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            retime(person_of(context.object))
        except RestageError as error:
            return report(self, error)
        return {"FINISHED"}

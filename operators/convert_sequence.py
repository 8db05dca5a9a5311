"""Convert Sequence: change how the selected person's frames play."""

import bpy

from ..core.errors import RestageError
from ..properties import MODES
from ..scene.convert import convert_sequence
from ..scene.record import is_sequence
from .errors import report
from .selection import activate


class RESTAGE_OT_convert_sequence(bpy.types.Operator):
    """Change how the person's frames play: packed, streamed, single objects, or as one mesh that moves"""

    bl_idname = "restage.convert_sequence"
    bl_label = "Convert Sequence"
    bl_options = {"REGISTER", "UNDO"}

    mode: bpy.props.EnumProperty(name="Mode", description="How the frames come into the scene", items=MODES)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = ""
        if not is_sequence(context.object):
            reason = "Select a person that Restage imported"
        elif context.mode != "OBJECT":
            reason = "Go back to Object Mode first"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            item = convert_sequence(context.object, self.mode)
        except RestageError as error:
            return report(self, error)
        activate(context, item)
        return {"FINISHED"}

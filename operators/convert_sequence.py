"""Convert Sequence: change how the selected person's frames play."""

import bpy

from ..choices import MODES
from ..core.errors import RestageError
from ..scene.convert import convert_sequence
from ..scene.record import person_of
from .conditions import NeedsPerson
from .errors import report
from .selection import activate


class RESTAGE_OT_convert_sequence(NeedsPerson, bpy.types.Operator):
    """Change how the person's frames play: packed, streamed, single objects, or as one mesh that moves"""

    bl_idname = "restage.convert_sequence"
    bl_label = "Convert Sequence"
    bl_options = {"REGISTER", "UNDO"}

    mode: bpy.props.EnumProperty(name="Mode", description="How the frames come into the scene", items=MODES)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            item = convert_sequence(person_of(context.object), self.mode)
        except RestageError as error:
            return report(self, error)
        activate(context, item)
        return {"FINISHED"}

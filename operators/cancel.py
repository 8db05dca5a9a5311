"""Cancel: ask the engine to stop; asked twice, end it."""

import bpy

from ..scene import session


class RESTAGE_OT_cancel(bpy.types.Operator):
    """Stop after the current frame; finished frames are kept. Press again to stop at once"""

    bl_idname = "restage.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not session.current.worker:
            cls.poll_message_set("Nothing is running")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        session.current.worker.cancel()
        return {"FINISHED"}

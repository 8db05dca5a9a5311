"""Show Log: what the engine has written while it worked, in the system's viewer of texts."""

import bpy

from ..scene import session


class RESTAGE_OT_show_log(bpy.types.Operator):
    """Open the log of what runs, or of what ran last, as it is now"""

    bl_idname = "restage.show_log"
    bl_label = "Show Log"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not session.log_file().exists():
            cls.poll_message_set("Nothing has run yet since Blender was started")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        bpy.ops.wm.path_open(filepath=str(session.log_file()))
        return {"FINISHED"}

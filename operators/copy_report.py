"""Copy Report: what failed, with versions and the end of the log, on the clipboard."""

import platform

import bpy

from ..core import __version__
from ..scene import engine, session


class RESTAGE_OT_copy_report(bpy.types.Operator):
    """Copy what failed, the versions and the end of the engine's log, to send it to somebody"""

    bl_idname = "restage.copy_report"
    bl_label = "Copy Report"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not session.current.report:
            cls.poll_message_set("Nothing has failed")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        head = f"Restage {__version__}, Blender {bpy.app.version_string}, {platform.platform()}"
        context.window_manager.clipboard = "\n".join([head, *engine.describe(), "", session.current.report])
        self.report({"INFO"}, "The report is on the clipboard")
        return {"FINISHED"}

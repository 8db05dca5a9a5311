"""Open the job folder in the system's file browser."""

import bpy

from ..scene.job_import import resolved_path


class RESTAGE_OT_open_folder(bpy.types.Operator):
    """Open the folder of the last reconstruction, with its meshes, previews and result page"""

    bl_idname = "restage.open_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not context.scene.restage.job:
            cls.poll_message_set("Reconstruct a clip or import a reconstruction first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = resolved_path(context.scene.restage.job)
        if not folder.is_dir():
            self.report({"ERROR"}, f"{folder} is gone. Import the reconstruction from where it is now")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(folder))
        return {"FINISHED"}

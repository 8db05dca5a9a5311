"""Open the job folder in the system's file browser."""

import bpy

from ..scene import recent
from ..scene.paths import resolved_path


class RESTAGE_OT_open_folder(bpy.types.Operator):
    """Open the folder of the last reconstruction, with its meshes, previews and result page"""

    bl_idname = "restage.open_folder"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}

    folder: bpy.props.StringProperty(
        name="Folder",
        description="Job folder; empty: the last one of this scene",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not context.scene.restage.job and not recent.jobs():
            cls.poll_message_set("Reconstruct a clip or import a reconstruction first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = resolved_path(self.folder or context.scene.restage.job or str(recent.jobs()[0]))
        if not folder.is_dir():
            self.report({"ERROR"}, f"{folder} is gone. Import the reconstruction from where it is now")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(folder))
        return {"FINISHED"}

"""Delete from List: the job folder itself stays on the disk."""

from pathlib import Path

import bpy

from ..scene import recent


class RESTAGE_OT_forget_job(bpy.types.Operator):
    """Take the job off this list. Its folder stays on the disk"""

    bl_idname = "restage.forget_job"
    bl_label = "Delete from List"
    bl_options = {"INTERNAL"}

    folder: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH")

    def execute(self, context: bpy.types.Context) -> set[str]:
        recent.forget(Path(self.folder))
        return {"FINISHED"}

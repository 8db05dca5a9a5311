"""Reconstruct Person from Video: choose a clip, or drop one into the 3D view."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper, poll_file_object_drop

from ..scene import run, session

ENDINGS = (".mp4", ".mov", ".m4v", ".mkv", ".avi", ".webm")


class RESTAGE_OT_open_clip(bpy.types.Operator, ImportHelper):
    """Take a video as the clip, and reconstruct the person in it"""

    bl_idname = "restage.open_clip"
    bl_label = "Reconstruct Person from Video"
    # Not registered: the panel that repeats an operator with other values would start a run again.
    bl_options = {"UNDO"}

    filter_glob: bpy.props.StringProperty(default=";".join(f"*{ending}" for ending in ENDINGS), options={"HIDDEN"})
    start: bpy.props.BoolProperty(
        name="Start at Once", description="Start the reconstruction with the settings of the panel", default=True
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not self.filepath:
            return ImportHelper.invoke(self, context, event)
        # Dropped: ImportHelper's own dialog is for operators that take several files.
        return context.window_manager.invoke_props_dialog(
            self, title=Path(self.filepath).name, confirm_text=self.bl_label
        )

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.prop(self, "start")
        self.layout.prop(context.scene.restage, "preset")

    def execute(self, context: bpy.types.Context) -> set[str]:
        if run.keeps_clip():
            # The clip of a run stays as it is, and so does the panel's.
            self.report({"ERROR"}, session.BUSY)
            return {"CANCELLED"}
        settings = context.scene.restage
        settings.clip = self.filepath
        if bpy.app.background or not self.start:
            return {"FINISHED"}
        if reason := run.refusal(settings):
            self.report({"WARNING"}, reason)
        else:
            bpy.ops.restage.reconstruct("INVOKE_DEFAULT")
        return {"FINISHED"}


class RESTAGE_FH_video(bpy.types.FileHandler):
    """A video dropped into the 3D view."""

    bl_idname = "RESTAGE_FH_video"
    bl_label = "Reconstruct Person from Video"
    bl_import_operator = "restage.open_clip"
    bl_file_extensions = ";".join(ENDINGS)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return poll_file_object_drop(context)

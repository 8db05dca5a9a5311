"""Import a job folder that the engine has finished, or finished in part."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from ..core.errors import RestageError
from ..properties import GAPS
from ..scene.job_import import ImportOptions, import_job
from .errors import report


class RESTAGE_OT_import_job(bpy.types.Operator, ImportHelper):
    """Import a reconstruction: one object a frame, the camera with the clip behind it, and the timeline"""

    bl_idname = "restage.import_job"
    bl_label = "Import Reconstruction"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="job.json", options={"HIDDEN"})

    gaps: bpy.props.EnumProperty(
        name="Missing Frames", description="What to show where the clip has no person", items=GAPS
    )
    use_camera: bpy.props.BoolProperty(
        name="Camera and Clip", description="Add the clip's camera with the clip behind the person", default=True
    )
    use_timeline: bpy.props.BoolProperty(
        name="Match Timeline",
        description="Set the scene's frame range, frame rate and resolution from the clip",
        default=True,
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        options = ImportOptions(self.gaps, self.use_camera, self.use_timeline)
        try:
            imported = import_job(Path(bpy.path.abspath(self.filepath)), context.scene, options)
        except RestageError as error:
            return report(self, error)
        self.report({"INFO"}, f"Imported {imported.job.record.name}: {imported.summary}")
        return {"FINISHED"}

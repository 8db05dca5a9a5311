"""Import a job folder that the engine has finished, or finished in part."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from ..choices import BONE_NAMES, GAPS, MODES
from ..core.errors import RestageError
from ..scene import recent
from ..scene.job_import import ImportOptions, import_job
from .errors import report
from .selection import activate


class RESTAGE_OT_import_job(bpy.types.Operator, ImportHelper):
    """Import a reconstruction: the person on the timeline, the camera with the clip behind it"""

    bl_idname = "restage.import_job"
    bl_label = "Import Reconstruction"
    bl_options = {"REGISTER", "UNDO"}

    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="job.json", options={"HIDDEN"})

    mode: bpy.props.EnumProperty(name="Mode", description="How the frames come into the scene", items=MODES)
    gaps: bpy.props.EnumProperty(
        name="Missing Frames", description="What to show where the clip has no person", items=GAPS
    )
    bone_names: bpy.props.EnumProperty(
        name="Bone Names",
        description="Armature: by which names retargeting finds the bones",
        items=BONE_NAMES,
    )
    use_camera: bpy.props.BoolProperty(
        name="Camera and Clip", description="Add the clip's camera with the clip behind the person", default=True
    )
    use_ground: bpy.props.BoolProperty(
        name="Ground", description="Add the floor that the person stands on, as a catcher of shadows in Cycles"
    )
    use_pictures: bpy.props.BoolProperty(
        name="Clip's Pictures",
        description="Packed, Objects: lay each frame's picture over the colours where the camera sees the person."
        " Sharper in Material Preview and renders",
        default=True,
    )
    use_timeline: bpy.props.BoolProperty(
        name="Match Timeline",
        description="Set the scene's frame range, frame rate and resolution from the clip",
        default=True,
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        options = ImportOptions(
            self.mode,
            self.gaps,
            self.use_camera,
            self.use_timeline,
            self.use_ground,
            self.use_pictures,
            self.bone_names,
        )
        try:
            imported = import_job(Path(bpy.path.abspath(self.filepath)), context.scene, options)
        except RestageError as error:
            return report(self, error)
        recent.remember(imported.job.folder)
        activate(context, imported.sequence)
        self.report({"INFO"}, f"Imported {imported.job.record.name}: {imported.summary}")
        return {"FINISHED"}

"""Resume: a past job goes on with the clip and the settings that it was begun with."""

from pathlib import Path

import bpy

from ..scene import engine, run, session
from ..scene.resume import take_settings
from .conditions import Refuses
from .reconstruct import ReconstructModal


class RESTAGE_OT_resume_job(Refuses, ReconstructModal, bpy.types.Operator):
    """Go on with this job. Its clip and settings come into the panel; what is finished is used again"""

    bl_idname = "restage.resume_job"
    bl_label = "Resume"
    bl_options = {"INTERNAL"}

    folder: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH", options={"SKIP_SAVE"})

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        if session.current.worker:
            return session.BUSY
        return "" if engine.is_ready() else engine.MISSING

    def _start(self, context: bpy.types.Context) -> None:
        settings = context.scene.restage
        run.start(settings, **take_settings(Path(self.folder), settings))

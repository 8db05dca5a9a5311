"""Preview Frame: one frame of the clip, in draft quality, before the long run."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from ..scene import run, session
from ..scene.job_import import ImportOptions, import_job
from ..scene.preview import preview_folder
from ..scene.worker import Event
from .conditions import Refuses
from .errors import report
from .modal import WorkerModal
from .selection import activate


class RESTAGE_OT_preview_frame(Refuses, WorkerModal, bpy.types.Operator):
    """Reconstruct one frame as a draft, to see in a minute whether the clip works"""

    bl_idname = "restage.preview_frame"
    bl_label = "Preview Frame"
    bl_options = {"REGISTER"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        # A clip may be refused as a whole and have a person in this frame.
        return run.hindrance(context.scene.restage)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        try:
            self._start(context.scene.restage)
        except RestageError as error:
            return report(self, error)
        self._scene = context.scene.name
        return self.watch(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        self._scene = context.scene.name
        try:
            self._start(context.scene.restage)
            try:
                done = session.current.worker.wait()
            finally:
                session.stop()
            return self.complete(context, done)
        except RestageError as error:
            return report(self, error)

    def complete(self, context: bpy.types.Context, done: Event) -> set[str]:
        scene = bpy.data.scenes.get(self._scene)
        if scene is None:
            raise RestageError("scene_gone", f"The scene is gone; import {done['job']} by File > Import.")
        number = scene.restage.preview_frame
        # On the clip's own frame and size, so that the mesh falls on the picture.
        imported = import_job(Path(done["job"]), scene, ImportOptions(timeline=scene.restage.use_timeline))
        activate(bpy.context, imported.sequence)
        session.finish(f"Preview of frame {number}, as a draft. Reconstruct makes the whole clip")
        bpy.ops.ed.undo_push(message="Preview Frame")
        return {"FINISHED"}

    def _start(self, settings: bpy.types.PropertyGroup) -> None:
        number = settings.preview_frame
        changes = {"frames": f"{number}:{number + 1}:1", "preset": "draft", "no_character": True}
        # One person tells whether the clip works.
        if settings.person == run.ALL_PEOPLE:
            changes["person"] = ""
        run.start(settings, preview_folder(number), **changes)
        session.current.task = "Preview"

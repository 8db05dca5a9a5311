"""Reconstruct: the clip goes through the engine and comes back as a sequence."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from ..scene import recent, run, session
from ..scene.job_import import ImportOptions, import_job
from ..scene.worker import Event
from .conditions import NeedsClip
from .errors import report
from .modal import WorkerModal
from .selection import activate


class RESTAGE_OT_reconstruct(NeedsClip, WorkerModal, bpy.types.Operator):
    """Turn the clip into a textured person on the timeline. Finished frames of an earlier run are used again"""

    bl_idname = "restage.reconstruct"
    bl_label = "Reconstruct"
    bl_options = {"REGISTER"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        try:
            self._start(context)
        except RestageError as error:
            return report(self, error)
        self._scene = context.scene.name
        return self.watch(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The whole run, synchronously: for scripts."""
        try:
            self._start(context)
            try:
                done = session.current.worker.wait()
            finally:
                session.stop()
            return self._import(context.scene, done)
        except RestageError as error:
            return report(self, error)

    def complete(self, context: bpy.types.Context, done: Event) -> set[str]:
        scene = bpy.data.scenes.get(self._scene)
        if scene is None:
            raise RestageError("scene_gone", f"The scene is gone; import {done['job']} by File > Import.")
        result = self._import(scene, done)
        bpy.ops.ed.undo_push(message="Import Reconstruction")
        return result

    def _start(self, context: bpy.types.Context) -> None:
        run.start(context.scene.restage)

    def _import(self, scene: bpy.types.Scene, done: Event) -> set[str]:
        settings = scene.restage
        options = ImportOptions(
            settings.mode,
            settings.gaps,
            settings.use_camera,
            settings.use_timeline,
            settings.use_ground,
            settings.use_pictures,
            settings.bone_names,
        )
        imported = import_job(Path(done["job"]), scene, options)
        recent.remember(imported.job.folder)
        session.finish("")
        activate(bpy.context, imported.sequence)
        complete = len(imported.numbers) == len(imported.job.record.frames)
        self.report({"INFO"} if complete else {"WARNING"}, imported.summary)
        return {"FINISHED"}

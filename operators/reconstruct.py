"""Reconstruct: the clip goes through the engine and comes back as a sequence."""

import bpy

from ..core.errors import RestageError
from ..scene import recent, run, session
from ..scene.job_import import ImportOptions
from ..scene.people import describe_people, import_people, is_complete
from ..scene.worker import Event
from .conditions import Refuses
from .errors import report
from .modal import WorkerModal
from .selection import activate


class ReconstructModal(WorkerModal):
    """Mixin: reconstruct the panel's clip and import the result."""

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
        people = import_people(done, scene, options)
        for person in reversed(people):
            recent.remember(person.job.folder)
        session.finish("")
        activate(bpy.context, people[0].sequence)
        self.report({"INFO"} if is_complete(people) else {"WARNING"}, describe_people(people))
        return {"FINISHED"}


class RESTAGE_OT_reconstruct(Refuses, ReconstructModal, bpy.types.Operator):
    """Turn the clip into a textured person, or several, on the timeline. What an earlier run finished is used again"""

    bl_idname = "restage.reconstruct"
    bl_label = "Reconstruct"
    bl_options = {"REGISTER"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return run.refusal(context.scene.restage)

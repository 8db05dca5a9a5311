"""Set Up Engine: make the environment that runs the reconstruction, in a process of its own."""

import sys

import bpy

from ..core.errors import RestageError
from ..scene import engine, session
from ..scene.worker import Event
from .errors import report
from .modal import WorkerModal


class RESTAGE_OT_setup_engine(WorkerModal, bpy.types.Operator):
    """Download the engine, about 2 GB, into its own folder. Nothing is installed into Blender"""

    bl_idname = "restage.setup_engine"
    bl_label = "Set Up Engine"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = ""
        if session.current.worker:
            reason = "A reconstruction or a set-up is running"
        elif engine.is_ready():
            reason = "The engine is set up already"
        elif not bpy.app.online_access:
            reason = "Allow Online Access in Preferences > System first"
            if bpy.app.online_access_override:
                reason = "Blender was started offline; start it without --offline-mode"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Set Up Engine",
            message=f"Download about 2 GB into {engine.engine_folder()}? It can be interrupted and gone on with",
            confirm_text="Download",
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            session.start_command([sys.executable, "-s", "-E", "-m", "core.setup_process", str(engine.engine_folder())])
            if getattr(self, "_asked", False) and not bpy.app.background:
                return self.watch(context)
            try:
                done = session.current.worker.wait()
            finally:
                session.stop()
            return self.complete(context, done)
        except RestageError as error:
            return report(self, error)

    def complete(self, context: bpy.types.Context, done: Event) -> set[str]:
        session.finish("The engine is ready")
        self.report({"INFO"}, f"The engine is ready in {done['folder']}")
        return {"FINISHED"}

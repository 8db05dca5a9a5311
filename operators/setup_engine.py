"""Set Up Engine: make the environment that runs the reconstruction, in a process of its own."""

import sys

import bpy

from ..core.errors import RestageError
from ..scene import engine, pamir, session
from ..scene.worker import Event
from .errors import report
from .modal import WorkerModal


class _SetUp(WorkerModal):
    """Mixin: download groups of the engine. `groups`: what to install; `size`: of the download, for the question."""

    bl_options = {"REGISTER"}

    groups: tuple[str, ...] = ()
    size = ""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = cls.reason()
        if not reason and session.current.worker:
            reason = "A reconstruction or a set-up is running"
        elif not reason and engine.is_ready(cls.groups):
            reason = "The engine is set up already"
        elif not reason and not bpy.app.online_access:
            reason = "Allow Online Access in Preferences > System first"
            if bpy.app.online_access_override:
                reason = "Blender was started offline; start it without --offline-mode"
        if reason:
            cls.poll_message_set(reason)
        return not reason

    @classmethod
    def reason(cls) -> str:
        """Why this set-up is not to be had at all; empty if it is."""
        return ""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        return context.window_manager.invoke_confirm(
            self,
            event,
            title=self.bl_label,
            message=f"Download about {self.size} into {engine.engine_folder()}? It can be interrupted and gone on with",
            confirm_text="Download",
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        process = [sys.executable, "-s", "-E", "-m", "core.setup_process"]
        command = [*process, "set-up", str(engine.engine_folder()), *self.groups]
        try:
            session.start_command(command)
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


class RESTAGE_OT_setup_engine(_SetUp, bpy.types.Operator):
    """Download the engine, about 2 GB, into its own folder. Nothing is installed into Blender"""

    bl_idname = "restage.setup_engine"
    bl_label = "Set Up Engine"

    groups = ("worker",)
    size = "2 GB"


class RESTAGE_OT_setup_pamir(_SetUp, bpy.types.Operator):
    """Add the package smplx to the engine, which PaMIR needs. It is licensed for non-commercial use only"""

    bl_idname = "restage.setup_pamir"
    bl_label = "Add PaMIR to Engine"

    groups = ("worker", "pamir")
    size = "1 MB"

    @classmethod
    def reason(cls) -> str:
        return "" if pamir.accepted() else pamir.NOT_ACCEPTED

"""Set Up Engine and what belongs to it: the environment that runs the reconstruction, made in a process of its own."""

import bpy
from bpy_extras.io_utils import ImportHelper

from ..core.engine_care import Plan
from ..core.errors import RestageError
from ..panels.text import draw_path
from ..scene import engine, licences, pamir, probe, session
from ..scene.worker import Event
from .conditions import Refuses
from .errors import report
from .modal import WorkerModal

# What fits beside the names in the set-up's dialog.
WIDTH, LETTERS = 460, 58


class EngineTask(Refuses, WorkerModal):
    """Mixin: do something to the engine, in Blender's own Python. `action`: of core.setup_process."""

    bl_options = {"REGISTER"}

    action = ""
    finished = "The engine is ready"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return session.BUSY if session.current.worker else cls.reason()

    @classmethod
    def reason(cls) -> str:
        """Why this is not to be had now; empty if it is."""
        return ""

    def arguments(self) -> list[str]:
        """What follows the action and the folder."""
        return []

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            probe.stop()
            session.start_command(engine.setup_command(self.action, *self.arguments()), self.bl_label)
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
        session.finish(self.finished)
        self.report({"INFO"}, self.finished)
        probe.after_loading()
        return {"FINISHED"}


class _Download(EngineTask):
    """Mixin: fetch groups of the engine, after a dialog that says what that takes."""

    action = "set-up"
    groups: tuple[str, ...] = ()
    plan: Plan | None = None

    @classmethod
    def reason(cls) -> str:
        if engine.is_ready(cls.groups):
            return "The engine is set up already"
        if not bpy.app.online_access and bpy.app.online_access_override:
            return "Blender was started offline; start it without --offline-mode, or choose Install from Folder"
        return ""

    def arguments(self) -> list[str]:
        return list(self.groups)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        type(self).plan = engine.plan(self.groups)
        confirm = "Download and Install" if bpy.app.online_access else "Allow Online Access and Install"
        return context.window_manager.invoke_props_dialog(self, width=WIDTH, title=self.bl_label, confirm_text=confirm)

    def execute(self, context: bpy.types.Context) -> set[str]:
        if not bpy.app.online_access:
            if not getattr(self, "_asked", False):
                words = "Allow Online Access in Preferences > System, or choose Install from Folder."
                return report(self, RestageError("offline", f"Downloads are off in Blender. {words}"))
            # The button that was pressed says so.
            context.preferences.system.use_online_access = True
        return super().execute(context)

    def draw(self, context: bpy.types.Context) -> None:
        layout, plan = self.layout, type(self).plan
        for name, text in (
            ("Runs on", plan.accelerator.name),
            ("Download", f"{plan.download / 1e6:.0f} MB"),
            ("On disk", f"about {plan.disk / 1e9:.1f} GB"),
            ("Folder", str(plan.folder)),
        ):
            row = layout.split(factor=0.2)
            row.label(text=name)
            draw_path(row, text, LETTERS)
        column = layout.column(align=True)
        column.label(text="Licences")
        for line in (*licences.ENGINE, *((licences.CUDA,) if plan.accelerator.kind == "cuda" else ())):
            column.label(text=line, icon="DOT")
        if not bpy.app.online_access:
            layout.label(text="Online access is off in Blender; this allows it", icon="INTERNET_OFFLINE")
        layout.label(text="Nothing is installed into Blender. It can be cancelled and gone on with")


class RESTAGE_OT_setup_engine(_Download, bpy.types.Operator):
    """Download the engine into its own folder and test it. Nothing is installed into Blender"""

    bl_idname = "restage.setup_engine"
    bl_label = "Set Up Engine"

    groups = ("worker",)


class RESTAGE_OT_setup_pamir(_Download, bpy.types.Operator):
    """Add the package smplx to the engine, which PaMIR needs. It is licensed for non-commercial use only"""

    bl_idname = "restage.setup_pamir"
    bl_label = "Add PaMIR to Engine"

    groups = ("worker", "pamir")

    @classmethod
    def reason(cls) -> str:
        return super().reason() if pamir.accepted() else pamir.NOT_ACCEPTED


class RESTAGE_OT_engine_from_folder(EngineTask, bpy.types.Operator):
    """Install the engine from a folder of wheels, without a network"""

    bl_idname = "restage.engine_from_folder"
    bl_label = "Install from Folder"
    bl_description = (
        "Install the engine from a folder of wheels, without a network. On a machine that has one, make the folder by:"
        " blender --online-mode --command restage fetch FOLDER"
    )
    action = "from-folder"

    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    filter_folder: bpy.props.BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def reason(cls) -> str:
        return "The engine is set up already" if engine.is_ready() else ""

    def arguments(self) -> list[str]:
        return [bpy.path.abspath(self.directory)]

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class RESTAGE_OT_use_python(EngineTask, bpy.types.Operator, ImportHelper):
    """Use a Python that has the engine's packages already, as it is; it is tested on one picture"""

    bl_idname = "restage.use_python"
    bl_label = "Use Existing Python"
    action = "use"

    filter_glob: bpy.props.StringProperty(default="python*", options={"HIDDEN"})

    def arguments(self) -> list[str]:
        return [bpy.path.abspath(self.filepath)]

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        return super().invoke(context, event)


class RESTAGE_OT_verify_engine(EngineTask, bpy.types.Operator):
    """Check every file of the engine against its hash, and test it on one picture"""

    bl_idname = "restage.verify_engine"
    bl_label = "Verify"
    action = "verify"
    finished = "The engine is whole"

    @classmethod
    def reason(cls) -> str:
        return "" if engine.is_ready() else engine.MISSING

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        return self.execute(context)


class RESTAGE_OT_remove_engine(EngineTask, bpy.types.Operator):
    """Delete the engine's folder. A Python of your own and all results stay"""

    bl_idname = "restage.remove_engine"
    bl_label = "Remove"
    action = "remove"
    finished = "The engine is removed"

    @classmethod
    def reason(cls) -> str:
        return "" if engine.engine_folder().exists() else "There is no engine to remove"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Remove Engine",
            message=f"Delete what Set Up made in {engine.engine_folder()}?",
            confirm_text="Remove",
        )

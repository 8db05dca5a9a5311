"""Install Model File: PaMIR's files, as the user downloaded them, recognised and put where they belong."""

import bpy
from bpy_extras.io_utils import ImportHelper

from ..core.errors import RestageError
from ..scene import engine, pamir, session
from ..scene.worker import Event
from .conditions import Refuses
from .errors import report
from .modal import WorkerModal


class RESTAGE_OT_install_model(Refuses, WorkerModal, bpy.types.Operator, ImportHelper):
    """Choose a file of PaMIR or SMPL that you downloaded, or a zip of them. It is recognised by what it holds"""

    bl_idname = "restage.install_model"
    bl_label = "Install Model File"
    bl_options = {"REGISTER"}

    filter_glob: bpy.props.StringProperty(default="*.zip;*.pt;*.pth;*.pkl;*.npz;*.npy;*.txt", options={"HIDDEN"})

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        if session.current.worker:
            return session.BUSY
        if not pamir.accepted():
            return pamir.NOT_ACCEPTED
        return "" if engine.is_ready() else engine.MISSING

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._asked = True
        return ImportHelper.invoke(self, context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        arguments = ["weights", "install", bpy.path.abspath(self.filepath), "--into", str(pamir.models_folder())]
        try:
            session.start(engine.engine_python(), [*arguments, "--json"])
            session.current.task = self.bl_label
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
        session.finish(str(done["summary"]))
        self.report({"INFO"}, str(done["summary"]))
        return {"FINISHED"}

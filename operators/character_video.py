"""Side-by-Side Video: clip, meshes and character beside each other; made where there is none yet, then shown."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from ..scene import character_video, session
from ..scene.worker import Event
from .conditions import Refuses
from .errors import report
from .modal import WorkerModal


class RESTAGE_OT_character_video(Refuses, WorkerModal, bpy.types.Operator):
    """Show the clip, the frames' meshes and the character side by side as a video; it is made first if need be"""

    bl_idname = "restage.character_video"
    bl_label = "Side-by-Side Video"
    bl_options = {"REGISTER"}

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        return character_video.refusal(context.scene.restage)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        settings = context.scene.restage
        path = character_video.video_path(settings)
        if path.exists():
            return _show(path)
        try:
            character_video.start(settings)
        except RestageError as error:
            return report(self, error)
        return self.watch(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The video, made synchronously unless it is there, and not shown: for scripts."""
        settings = context.scene.restage
        path = character_video.video_path(settings)
        try:
            if not path.exists():
                character_video.start(settings)
                try:
                    session.current.worker.wait()
                finally:
                    session.stop()
        except RestageError as error:
            return report(self, error)
        self.report({"INFO"}, f"The video is {path}")
        return {"FINISHED"}

    def complete(self, context: bpy.types.Context, done: Event) -> set[str]:
        return _show(Path(done["files"]["video"]))


def _show(path: Path) -> set[str]:
    """Open the video in the system's player."""
    bpy.ops.wm.path_open(filepath=str(path))
    return {"FINISHED"}

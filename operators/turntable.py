"""Render Turntable: a video of one full turn around the imported person."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from ..properties import LIGHTS, MOTIONS
from ..scene.job_import import earlier_imports, resolved_path
from ..scene.turntable import TurntableOptions, render_turntable
from .errors import report

ENGINES = (
    ("BLENDER_WORKBENCH", "Workbench", "Quick; shows the colours as they are"),
    ("CYCLES", "Cycles", "Soft shading; slow without a graphics card"),
)


class RESTAGE_OT_render_turntable(bpy.types.Operator):
    """Render a full turn around the person as a video, without touching the scene"""

    bl_idname = "restage.render_turntable"
    bl_label = "Render Turntable"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(
        name="File", description="MP4 file to write. Empty: in the job folder", subtype="FILE_PATH"
    )
    frame: bpy.props.IntProperty(
        name="Frame", description="Frame of the timeline to show; 0 is the current one", min=0, options={"SKIP_SAVE"}
    )
    frames: bpy.props.IntProperty(name="Frames", description="Frames of one full turn", min=2, default=48)
    size: bpy.props.IntProperty(
        name="Size", description="Width and height of the video", subtype="PIXEL", min=64, step=2, default=512
    )
    motion: bpy.props.EnumProperty(name="Motion", description="Whether the person moves during the turn", items=MOTIONS)
    light: bpy.props.EnumProperty(name="Light", description="Light of the turntable", items=LIGHTS)
    engine: bpy.props.EnumProperty(name="Engine", description="What renders the turntable", items=ENGINES)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not _imports(context.scene):
            cls.poll_message_set("Reconstruct a clip or import a reconstruction first")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        settings = context.scene.restage
        self.frames, self.size = settings.turntable_frames, settings.turntable_size
        self.motion, self.light = settings.turntable_motion, settings.turntable_light
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        job = resolved_path(scene.restage.job)
        path = Path(bpy.path.abspath(self.filepath)) if self.filepath else job / "preview" / "turntable.mp4"
        options = TurntableOptions(self.frames, self.size, self.motion, self.light, self.engine)
        current = scene.frame_current
        try:
            if self.frame:
                scene.frame_set(self.frame)
            render_turntable(scene, _imports(scene)[0], path, options)
        except RestageError as error:
            return report(self, error)
        finally:
            scene.frame_set(current)
        self.report({"INFO"}, f"Turntable written to {path}")
        return {"FINISHED"}


def _imports(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    return earlier_imports(resolved_path(scene.restage.job), scene) if scene.restage.job else []

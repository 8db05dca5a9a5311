"""The main panel: the clip, one button, what the engine is doing, what came out."""

import textwrap
import time

import bpy

from ..scene import engine, session
from ..scene.job_import import resolved_path
from ..scene.worker import Worker


class RESTAGE_PT_main(bpy.types.Panel):
    """Clip in, sequence out."""

    bl_idname = "RESTAGE_PT_main"
    bl_label = "Reconstruct"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        settings = context.scene.restage
        worker = session.current.worker
        if not worker and not engine.is_ready():
            _draw_setup(layout)
        column = layout.column()
        column.enabled = worker is None
        column.prop(settings, "clip", text="")
        if worker:
            _draw_progress(layout, worker)
            return
        row = layout.row()
        row.scale_y = 1.5
        row.operator("restage.reconstruct", icon="ARMATURE_DATA")
        letters = letters_of(context)
        if session.current.message:
            draw_lines(layout, session.current.message, letters, session.current.failed)
        for warning in session.current.warnings:
            draw_lines(layout, warning, letters)
        if settings.job:
            row = layout.row(align=True)
            # The file is known, so no file browser.
            row.operator_context = "EXEC_DEFAULT"
            again = row.operator("restage.import_job", text="Import Again")
            again.filepath = str(resolved_path(settings.job) / "job.json")
            for name in ("mode", "gaps", "use_camera", "use_timeline", "use_ground"):
                setattr(again, name, getattr(settings, name))
            row.operator("restage.open_folder")


def _draw_setup(layout: bpy.types.UILayout) -> None:
    box = layout.box()
    box.label(text="The engine is not set up", icon="INFO")
    box.operator("restage.setup_engine")


def _draw_progress(layout: bpy.types.UILayout, worker: Worker) -> None:
    progress = worker.progress
    place = f" {progress.index} of {progress.stages}" if progress.stages else ""
    layout.label(text=f"{progress.stage.capitalize()}{place}")
    count = f"{progress.done} / {progress.count}" if progress.count else "Starting"
    layout.progress(factor=progress.fraction, type="BAR", text=count)
    seconds = progress.seconds_left(time.monotonic())
    if worker.cancelled:
        layout.label(text="Stopping; press Cancel again to stop at once")
    elif seconds is not None:
        layout.label(text=f"About {_duration(seconds)} left in this stage")
    layout.operator("restage.cancel", icon="CANCEL")


def letters_of(context: bpy.types.Context) -> int:
    """How many letters fit into a line of the region: one is about 7 pixels wide at scale 1."""
    return max(20, int(context.region.width / (7 * context.preferences.system.ui_scale)))


def draw_lines(layout: bpy.types.UILayout, text: str, letters: int, alert: bool = False) -> None:
    """Draw paragraphs over several lines, since a label never breaks one."""
    column = layout.column(align=True)
    column.alert = alert
    for paragraph in text.splitlines():
        for line in textwrap.wrap(paragraph, letters):
            column.label(text=line)


def _duration(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"

"""The panel of past jobs: what was worked on, how far it is, and what can be done with it."""

from pathlib import Path

import bpy

from ..scene import job_state, recent, session
from ..scene.job_state import EMPTY, INTERRUPTED, UNREADABLE
from .main import draw_import
from .text import draw_lines, letters_of

ICONS = {EMPTY: "INFO", INTERRUPTED: "PAUSE", UNREADABLE: "ERROR"}


class RESTAGE_PT_jobs(bpy.types.Panel):
    """Job folders of late, newest first."""

    bl_idname = "RESTAGE_PT_jobs"
    bl_label = "Past Jobs"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Restage"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        folders = recent.jobs()
        if not folders:
            draw_lines(layout, "What you reconstruct or import is listed here", letters_of(context))
        for folder in folders:
            _draw_job(layout, context, folder)


def _draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, folder: Path) -> None:
    state = job_state.state_of(folder)
    running = session.current.worker is not None and folder in session.current.folders
    box = layout.box()
    row = box.row()
    row.label(text=folder.stem, icon="TIME" if running else ICONS.get(state.kind, "CHECKMARK"))
    row.operator("restage.forget_job", text="", icon="X", emboss=False).folder = str(folder)
    draw_lines(box, "Running" if running else "\n".join(state.text), letters_of(context))
    row = box.row(align=True)
    row.operator("restage.open_folder", text="Open").folder = str(folder)
    if state.kind in (INTERRUPTED, EMPTY) and not running:
        text = "Resume" if state.kind == INTERRUPTED else "Reconstruct"
        row.operator("restage.resume_job", text=text).folder = str(folder)
    if state.kind != EMPTY:
        draw_import(row, context.scene.restage, folder, "Import")

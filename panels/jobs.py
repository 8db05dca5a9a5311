"""The panel of past jobs: what was worked on, how far it is, and what can be done with it."""

import bpy

from ..scene import job_state, recent
from ..scene.job_state import INTERRUPTED, UNREADABLE
from .main import draw_import
from .text import draw_lines, letters_of


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
            state = job_state.state_of(folder)
            box = layout.box()
            row = box.row()
            icons = {INTERRUPTED: "PAUSE", UNREADABLE: "ERROR"}
            row.label(text=folder.stem, icon=icons.get(state.kind, "CHECKMARK"))
            row.operator("restage.forget_job", text="", icon="X", emboss=False).folder = str(folder)
            draw_lines(box, "\n".join(state.text), letters_of(context))
            row = box.row(align=True)
            row.operator("restage.open_folder", text="Open").folder = str(folder)
            draw_import(row, context.scene.restage, folder, "Import")

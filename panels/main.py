"""The main panel: the clip, what is in it, one button, what the engine is doing, what came out."""

from typing import Any

import bpy

from ..scene import engine, job_state, probe, run, session
from ..scene.job_state import INTERRUPTED, UNREADABLE
from ..scene.paths import resolved_path
from .engine import draw_setup_card
from .progress import draw_outcome, draw_progress
from .text import draw_lines, letters_of


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
        letters = letters_of(context)
        running = session.current.worker is not None
        if not running and not engine.is_ready():
            draw_setup_card(layout, letters)
        column = layout.column()
        column.enabled = not run.keeps_clip()
        column.prop(settings, "clip", text="", placeholder="Choose a clip")
        if not column.enabled:
            draw_lines(layout, "The clip stays as it is while the engine works", letters)
        if settings.clip:
            if run.needs_rate(settings):
                column.prop(settings, "rate")
            _draw_clip(layout, settings, letters)
        if running:
            draw_progress(layout)
            return
        layout.prop(settings, "preset", text="")
        _draw_buttons(layout, settings, letters)
        draw_outcome(layout, letters)
        if settings.job:
            _draw_result(layout, settings, letters)


def _draw_clip(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup, letters: int) -> None:
    """The grey line about the clip, and the people to choose from."""
    answer = probe.answer(run.clip_path(settings), settings.rate)
    if answer is None:
        return
    if answer.running:
        layout.label(text="Looking at the clip…", icon="TIME")
        return
    insists = run.insists(settings)
    if answer.problem and not session.current.failed and not insists:
        draw_lines(layout, answer.problem, letters, alert=True)
    if answer.suspects:
        layout.operator("restage.choose_person", text="It Is a Person", depress=insists).person = (
            "" if insists else str(answer.suspects[0]["id"])
        )
    if answer.values:
        line = layout.row()
        line.active = False
        line.label(text=describe_clip(answer.values))
    if len(answer.people) > 1:
        column = layout.column(align=True)
        column.label(text=f"{len(answer.people)} people; choose one, or all")
        chosen = settings.person or str(answer.people[0]["id"])
        for person in answer.people:
            choice = column.operator(
                "restage.choose_person", text=describe_person(person), depress=str(person["id"]) == chosen
            )
            choice.person = str(person["id"])
        everybody = column.operator("restage.choose_person", text="All People", depress=chosen == run.ALL_PEOPLE)
        everybody.person = run.ALL_PEOPLE


def _draw_buttons(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup, letters: int) -> None:
    """The one button, which goes on with a run that was interrupted, and the try-out before it."""
    folders = run.job_folders(settings) if settings.clip else []
    interrupted = False
    for folder in folders:
        state = job_state.state_of(folder)
        interrupted = interrupted or state.kind == INTERRUPTED
        if state.kind in (INTERRUPTED, UNREADABLE):
            name = f"{folder.stem}: " if len(folders) > 1 else ""
            draw_lines(layout, name + "\n".join(state.text), letters, alert=state.kind == UNREADABLE)
    row = layout.row()
    row.scale_y = 1.5
    row.operator("restage.reconstruct", text="Resume" if interrupted else "Reconstruct", icon="ARMATURE_DATA")
    # What the engine said of the clip is above.
    hindrance = run.hindrance(settings)
    if hindrance and settings.clip and engine.is_ready():
        draw_lines(layout, hindrance, letters)
    row = layout.row(align=True)
    row.operator("restage.preview_frame")
    row.prop(settings, "preview_frame", text="")


def _draw_result(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup, letters: int) -> None:
    """What the last import holds, the frames that are missing, and what can be done with it."""
    folder = resolved_path(settings.job)
    box = layout.box()
    state = job_state.state_of(folder)
    # Another clip may be chosen by now.
    others = settings.clip and folder.name not in {own.name for own in run.job_folders(settings)}
    name = f"{folder.stem}: " if others else ""
    draw_lines(box, name + "\n".join(state.text) if state.text else f"{folder.name} is gone", letters)
    row = box.row(align=True)
    draw_import(row, settings, folder, "Import Again")
    row.operator("restage.open_folder").folder = str(folder)
    box.operator("restage.character_video", icon="FILE_MOVIE")


def draw_import(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup, folder: Any, text: str) -> None:
    """A button that imports a job folder with the settings of the panel Result."""
    # The file is known, so no file browser. The context is the whole panel's: buttons below wait for the engine.
    before, layout.operator_context = layout.operator_context, "EXEC_DEFAULT"
    button = layout.operator("restage.import_job", text=text)
    button.filepath = str(folder / "job.json")
    for name in ("mode", "gaps", "bone_names", "use_camera", "use_timeline", "use_ground", "use_pictures"):
        setattr(button, name, getattr(settings, name))
    layout.operator_context = before


def describe_clip(values: dict[str, Any]) -> str:
    """A clip in one short line, from what `probe` prints."""
    parts = [f"{values['width']}×{values['height']}", f"{values['frame_rate']:.4g} fps"]
    if values.get("frame_count"):
        parts.append(f"{values['frame_count']} frames")
    if values.get("duration"):
        parts.append(f"{values['duration']:.1f} s")
    return "   ".join(parts)


def describe_person(person: dict[str, Any]) -> str:
    """A person in one short line: number, where in the picture, in which frames."""
    middle = person["box"][0] + person["box"][2] / 2
    side = "left" if middle < 0.36 else "right" if middle > 0.64 else "middle"
    return f"Person {person['id']}: {side}, frames {person['first']}-{person['last']}"

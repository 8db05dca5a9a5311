"""The engine in the preferences, and the card that offers to set it up."""

from collections.abc import Iterable

import bpy

from ..scene import engine, licences, pamir, session
from .progress import draw_outcome, draw_progress
from .text import draw_lines, draw_path


def draw_setup_card(layout: bpy.types.UILayout, letters: int) -> None:
    """What the main panel shows while there is no engine."""
    box = layout.box()
    draw_lines(box, "Set-up needed, once: the engine is not there yet. Nothing is installed into Blender", letters)
    box.operator("restage.setup_engine", text="Set Up Engine", icon="IMPORT")
    column = box.column(align=True)
    column.operator("restage.engine_from_folder", text="Install from Folder")
    column.operator("restage.use_python", text="Use Existing Python")


def draw_preferences(preferences: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    """The whole page of the extension's preferences."""
    layout = preferences.layout
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(preferences, "engine_dir")
    box = layout.box()
    lines = engine.describe()
    box.label(
        text="The engine is set up" if lines else "The engine is not set up", icon="CHECKMARK" if lines else "INFO"
    )
    draw_path(box, str(engine.engine_folder()), 90)
    if lines:
        # A name stays with its version.
        draw_lines(box, "   ".join(line.replace(" ", "\N{NO-BREAK SPACE}") for line in lines), 90)
    if session.current.worker:
        draw_progress(box)
    else:
        row = box.row(align=True)
        row.operator("restage.setup_engine")
        row.operator("restage.engine_from_folder")
        row.operator("restage.use_python")
        row = box.row(align=True)
        row.operator("restage.verify_engine")
        row.operator("restage.remove_engine")
        draw_outcome(box, 90)
    box = layout.box()
    box.label(text="Licences")
    draw_links(box, licences.LINKS)
    if pamir.accepted():
        box = layout.box()
        box.label(text="PaMIR, for non-commercial use")
        draw_links(box, licences.PAMIR_LINKS)
        draw_models(box, preferences, 90)


def draw_links(layout: bpy.types.UILayout, links: Iterable[tuple[str, str]]) -> None:
    """Buttons that open an address in the browser, by name."""
    grid = layout.grid_flow(columns=3, align=True)
    for name, address in links:
        grid.operator("wm.url_open", text=name, icon="URL").url = address


def draw_models(layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, letters: int) -> None:
    """Which model files are there, and how to bring the others."""
    for line in pamir.missing_files():
        draw_lines(layout, f"Missing {line}", letters)
    layout.operator("restage.install_model", icon="FILE_NEW")
    layout.prop(preferences, "pamir_dir")
    layout.prop(preferences, "smpl_file")

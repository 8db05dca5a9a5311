"""Text in panels: lines that break, and durations."""

import re
import textwrap

import bpy


def letters_of(context: bpy.types.Context) -> int:
    """How many letters fit into a line of a panel: one is about 7 pixels wide at scale 1, the rims are about 30."""
    scale = context.preferences.system.ui_scale
    return max(20, int((context.region.width - 30 * scale) / (7 * scale)))


def draw_lines(layout: bpy.types.UILayout, text: str, letters: int, alert: bool = False) -> None:
    """Draw paragraphs over several lines, since a label never breaks one."""
    column = layout.column(align=True)
    column.alert = alert
    for paragraph in text.splitlines():
        for line in textwrap.wrap(paragraph, letters, break_on_hyphens=False):
            column.label(text=line)


def draw_path(layout: bpy.types.UILayout, path: str, letters: int) -> None:
    """Draw a path over as many lines as it needs, broken after its folders."""
    lines = [""]
    for part in re.split(r"(?<=[/\\])", path):
        if lines[-1] and len(lines[-1]) + len(part) > letters:
            lines.append("")
        lines[-1] += part
    draw_lines(layout, "\n".join(lines), letters)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    return f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"

"""What the engine is doing now: its stage, how far it is, the time that is left, Cancel, and its log."""

import time

import bpy

from ..scene import session
from .text import draw_lines, duration


def draw_progress(layout: bpy.types.UILayout) -> None:
    """Draw the running worker's state."""
    worker = session.current.worker
    progress = worker.progress
    place = f" {progress.index} of {progress.stages}" if progress.stages > 1 else ""
    layout.label(text=f"{progress.stage[:1].upper()}{progress.stage[1:]}{place}")
    in_percent = progress.stages == 1 and progress.count == 100
    count = f"{progress.done} %" if in_percent else f"{progress.done} / {progress.count}"
    layout.progress(factor=progress.fraction, type="BAR", text=count if progress.count else "")
    seconds = progress.seconds_left(time.monotonic())
    # An empty line where nothing can be said, so that the button below stays where it is.
    whole = "" if progress.expected or progress.stages == 1 else " in this stage"
    left = "" if seconds is None else f"About {duration(seconds)} left{whole}"
    layout.label(text="Stopping; Cancel again stops at once" if worker.cancelled else left)
    row = layout.row(align=True)
    row.operator("restage.cancel", icon="CANCEL")
    row.operator("restage.show_log", icon="TEXT")


def draw_outcome(layout: bpy.types.UILayout, letters: int) -> None:
    """Draw how the last run ended; a failure comes with a report to copy."""
    current = session.current
    if current.message:
        draw_lines(layout, current.message, letters, current.failed)
    for warning in current.warnings:
        draw_lines(layout, warning, letters)
    if current.report:
        row = layout.row(align=True)
        row.operator("restage.copy_report", icon="COPYDOWN")
        row.operator("restage.show_log", icon="TEXT")

"""The side-by-side video of an imported reconstruction: where it is, why it cannot be made, and its start."""

from pathlib import Path

import bpy

from . import engine, session
from .paths import resolved_path


def video_path(settings: bpy.types.PropertyGroup) -> Path:
    """Where the video of a scene's last job is; the engine removes it together with what it shows."""
    return resolved_path(settings.job) / "preview" / "character.mp4"


def refusal(settings: bpy.types.PropertyGroup) -> str:
    """Why there is no video and none can be made now, in words; empty when there is or can."""
    if not settings.job:
        return "Reconstruct a clip or import a reconstruction first"
    folder = resolved_path(settings.job)
    if not folder.is_dir():
        return f"{folder.name} is gone; import the reconstruction from where it is now"
    if video_path(settings).exists():
        return ""
    if not (folder / "character" / "template.npz").exists():
        return "This reconstruction has no character; switch on Quality > Character and reconstruct again"
    if session.current.worker:
        return "A reconstruction or a set-up is running; cancel it first"
    return "" if engine.is_ready() else engine.MISSING


def start(settings: bpy.types.PropertyGroup) -> None:
    """Have the engine make the video. Raises RestageError `engine_missing`, `engine_broken`."""
    session.start(engine.engine_python(), ["video", str(resolved_path(settings.job)), "--json"])
    session.current.task = "Side-by-Side Video"

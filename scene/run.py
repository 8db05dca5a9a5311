"""What a run is started with: the scene's settings as the engine's arguments, and where its job folder will be."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from . import engine, pamir, recent, session
from .worker import Worker


def clip_path(settings: bpy.types.PropertyGroup) -> Path:
    """The clip of a scene's settings, absolute."""
    return Path(bpy.path.abspath(settings.clip))


def output_folder(settings: bpy.types.PropertyGroup) -> Path:
    """Where the job folder goes: the chosen folder, or beside the clip."""
    return Path(bpy.path.abspath(settings.output)) if settings.output else clip_path(settings).parent


def job_folder(settings: bpy.types.PropertyGroup) -> Path:
    """The job folder that a run with these settings works in."""
    return session.job_folder(clip_path(settings), output_folder(settings))


def values_of(settings: bpy.types.PropertyGroup) -> dict[str, str | bool]:
    """The engine's options; those that are left to it are empty."""
    values: dict[str, str | bool] = {
        name: getattr(settings, name) for name in ("method", "preset", "device", "frames", "person")
    }
    values |= {name: f"{getattr(settings, name):.4g}" for name in ("height", "focal") if getattr(settings, name)}
    values["workers"] = str(settings.workers or "")
    values["steadiness"], values["texture-size"] = f"{settings.steadiness:.4g}", settings.texture_size
    values["no-character"], values["no-video"] = not settings.use_character, not settings.use_video
    values["moving-texture"] = settings.use_character and settings.use_moving_texture
    return values | pamir.arguments() if settings.method == "pamir" else values


def start(settings: bpy.types.PropertyGroup, output: Path | None = None, **changes: str | bool) -> Worker:
    """Start the engine on the clip; `changes` replace single options.

    output: another folder than the settings'; what lands there is not put on the list of past jobs. Raises RestageError
    `video_missing`, `engine_missing`, `engine_broken`.
    """
    clip = clip_path(settings)
    if not clip.exists():
        raise RestageError("video_missing", f"There is no file {clip}. Choose the clip again.")
    python = engine.engine_python()
    values = values_of(settings) | {name.replace("_", "-"): value for name, value in changes.items()}
    arguments = session.reconstruct_arguments(clip, output or output_folder(settings), values)
    worker = session.start(python, arguments)
    if output is None:
        recent.remember(job_folder(settings))
    return worker


def refusal(settings: bpy.types.PropertyGroup) -> str:
    """Why no run can be started now, in words; empty when it can."""
    if session.current.worker:
        return "A reconstruction or a set-up is running; cancel it first"
    if not settings.clip:
        return "Choose a clip first"
    if not engine.is_ready():
        return engine.MISSING
    if not clip_path(settings).exists():
        return f"There is no file {clip_path(settings).name}; choose the clip again"
    return pamir.missing() if settings.method == "pamir" else ""

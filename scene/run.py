"""What a run is started with: the scene's settings as the engine's arguments, and where its job folder will be."""

from pathlib import Path

import bpy

from ..core.errors import RestageError
from . import engine, pamir, probe, recent, session
from .paths import resolved_path
from .worker import Worker

# What the settings name instead of one person's ID.
ALL_PEOPLE = "all"


def clip_path(settings: bpy.types.PropertyGroup) -> Path:
    """The clip of a scene's settings, absolute."""
    return resolved_path(settings.clip)


def output_folder(settings: bpy.types.PropertyGroup) -> Path:
    """Where the job folder goes: the chosen folder, or beside the clip."""
    return resolved_path(settings.output) if settings.output else clip_path(settings).parent


def job_folders(settings: bpy.types.PropertyGroup) -> list[Path]:
    """The job folders that a run with these settings works in, one for each person, as far as it is known who there
    is."""
    clip, people = clip_path(settings), [settings.person]
    if settings.person == ALL_PEOPLE:
        answer = probe.answer(clip, settings.rate)
        people = [str(person["id"]) for person in answer.people] if answer and answer.people else people
    return [session.job_folder(clip, output_folder(settings), person) for person in people]


def keeps_clip() -> bool:
    """Whether the clip cannot be changed now, since the engine works. While it is being set up, one can be chosen."""
    return session.current.worker is not None and engine.is_ready()


def needs_rate(settings: bpy.types.PropertyGroup) -> bool:
    """Whether nothing but the settings tells how fast the clip runs: it is a folder of pictures that do."""
    return settings.method != "pamir" and clip_path(settings).is_dir()


def values_of(settings: bpy.types.PropertyGroup) -> dict[str, str | bool]:
    """The engine's options; those that are left to it are empty."""
    values: dict[str, str | bool] = {
        name: getattr(settings, name) for name in ("method", "preset", "device", "frames", "person")
    }
    values |= {name: f"{getattr(settings, name):.4g}" for name in ("height", "focal") if getattr(settings, name)}
    values["workers"] = str(settings.workers or "")
    # As many digits as the property holds: 29.97003 frames a second are not 29.97.
    values["rate"] = f"{settings.rate:.7g}" if settings.rate else ""
    values["masks"] = str(resolved_path(settings.masks)) if settings.masks else ""
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
        session.current.folders = job_folders(settings)
        for folder in reversed(session.current.folders):
            recent.remember(folder)
    return worker


def refusal(settings: bpy.types.PropertyGroup) -> str:
    """Why no run of the clip can be started now, in words; empty when it can."""
    return hindrance(settings) or verdict(settings)


def insists(settings: bpy.types.PropertyGroup) -> bool:
    """Whether what the clip shows is to be reconstructed, though it was not taken for a person."""
    answer = probe.answer(clip_path(settings), settings.rate)
    return bool(answer and answer.suspects and settings.person)


def verdict(settings: bpy.types.PropertyGroup) -> str:
    """Why the engine, which has looked at the clip, will refuse it; empty when it will not, or nobody knows: it looks
    at whole clips alone, and a part is judged by itself."""
    answer = probe.answer(clip_path(settings), settings.rate)
    known = answer is not None and answer.refused and not settings.frames
    return answer.problem if known and not insists(settings) else ""


def hindrance(settings: bpy.types.PropertyGroup) -> str:
    """Why nothing of the clip can be reconstructed now, whatever it shows; empty when it can be tried."""
    if session.current.worker:
        return session.BUSY
    if not settings.clip:
        return "Choose a clip first"
    if not engine.is_ready():
        return engine.MISSING
    if not clip_path(settings).exists():
        return f"There is no file {clip_path(settings).name}; choose the clip again"
    if needs_rate(settings) and not settings.rate:
        return "Pictures have no times; set their Frame Rate first"
    return pamir.missing() if settings.method == "pamir" else ""

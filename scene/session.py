"""The one reconstruction that may run at a time, and how the last one ended. Belongs to Blender, not to a scene."""

from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ..core.job import SUFFIX
from ..core.source import job_name
from .engine import ROOT_FOLDER
from .wording import panel_words
from .worker import Worker, module_command

BUSY = "A reconstruction or a set-up is running; cancel it first"


@dataclass
class Session:
    """`worker`: the process while one runs, `task` what it does, `folders` the job folders that it works in.
    `message`: how the last run ended, for the panel; `failed`: badly, and then `report` has the end of the log."""

    worker: Worker | None = None
    message: str = ""
    failed: bool = False
    task: str = ""
    folders: list[Path] = field(default_factory=list)
    report: str = ""
    warnings: list[str] = field(default_factory=list)


current = Session()


def start(python: Path, arguments: list[str]) -> Worker:
    """Start `core` with these arguments; raises RestageError `engine_broken`."""
    return start_command(module_command(python, *arguments))


def start_command(command: list[str], task: str = "Reconstruct") -> Worker:
    """Start a process in the extension's own folder; raises RestageError `engine_broken`."""
    forget()
    current.task, current.folders = task, []
    current.worker = Worker(command, ROOT_FOLDER, log_file())
    return current.worker


def log_file() -> Path:
    """What the process of this Blender that was started last has written to its log."""
    return Path(bpy.app.tempdir) / "restage_log.txt"


def finish(message: str, failed: bool = False) -> None:
    """Forget the worker, which has ended, and keep what is to be said about it."""
    current.report, message = "", panel_words(message)
    if current.worker:
        current.warnings = [panel_words(warning) for warning in current.worker.warnings]
        current.report = f"{message}\n{current.worker.log_tail()}" if failed else ""
    current.worker, current.message, current.failed = None, message, failed


def stop() -> None:
    """End a running worker: Blender quits or the extension is switched off."""
    if current.worker:
        current.worker.stop()
    current.worker = None
    forget()


def forget() -> None:
    """Say nothing more about the last run."""
    current.message, current.failed, current.warnings, current.report = "", False, [], ""


def job_folder(clip: Path, output: Path, person: str) -> Path:
    """The job folder that a person of a clip, or of a folder of pictures, gets in an output folder; of all people, the
    first one's."""
    return output / f"{job_name(clip, person)}{SUFFIX}"


def reconstruct_arguments(clip: Path, output: Path, settings: dict[str, str | bool]) -> list[str]:
    """Arguments of `core reconstruct`. A job that was begun before is gone on with, unless `restart` is set. Empty
    settings are left out, and those that are True are options without a value."""
    chosen = []
    for name, value in settings.items():
        if value:
            chosen += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    begun = job_folder(clip, output, str(settings.get("person", ""))) / "job.json"
    resume = ["--resume"] if begun.exists() and not settings.get("restart") else []
    return ["reconstruct", str(clip), "--output", str(output), *chosen, *resume, "--json"]

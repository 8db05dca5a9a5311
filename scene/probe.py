"""What is in the clip: asked of the engine in the background, once for each clip, and kept for the panel to draw."""

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import bpy
from bpy.app.handlers import persistent

from ..core.errors import RestageError
from . import engine
from .paths import resolved_path
from .wording import panel_words
from .worker import module_command, quiet_process

TICK = 0.5

# A clip, when it was changed last, and the frames a second that it was said to have.
Key = tuple[Path, int, float]


@dataclass
class Answer:
    """`running` while the engine still looks; `values`: what `probe` prints; `problem`: why it cannot be used, and
    `refused` whether the engine says so of the clip, rather than that it could not look."""

    running: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    refused: bool = False

    @property
    def people(self) -> list[dict[str, Any]]:
        """Everybody who can be chosen, the most prominent first: {id, box, frames, …}."""
        return list(self.values.get("people", []))

    @property
    def suspects(self) -> list[dict[str, Any]]:
        """What was not taken for a person, but may be chosen as one: like people."""
        return list(self.values.get("suspects", []))


@dataclass
class _Question:
    key: Key
    process: subprocess.Popen
    output: BinaryIO


_answers: dict[Key, Answer] = {}
_question: _Question | None = None


def ask(clip: Path, rate: float = 0.0) -> None:
    """Have the engine look at a clip, unless it has or cannot; again where it found a problem, which may be mended. In
    a Blender without a window nothing is asked.

    rate: frames a second of a folder of pictures, which cannot be looked at without.
    """
    global _question
    key = _key(clip, rate)
    known = _answers.get(key) if key else None
    if bpy.app.background or key is None or (known and not known.problem) or not engine.is_ready():
        return
    stop()
    if clip.is_dir() and not rate:
        return
    output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer was read
    try:
        command = module_command(
            engine.engine_python(), "probe", str(clip), *(("--rate", f"{rate:.7g}") if rate else ())
        )
        process = quiet_process(command, engine.ROOT_FOLDER, output)
    except RestageError as error:
        output.close()
        _answers[key] = Answer(problem=str(error))
        return
    _question = _Question(key, process, output)
    _answers[key] = Answer(running=True)
    bpy.app.timers.register(_listen, first_interval=TICK, persistent=True)


def answer(clip: Path, rate: float = 0.0) -> Answer | None:
    """What is known of a clip; None while nobody asked."""
    key = _key(clip, rate)
    return _answers.get(key) if key else None


def stop() -> None:
    """Stop looking: another clip was chosen, or the extension is switched off."""
    global _question
    if _question is not None:
        _question.process.kill()
        _question.process.wait()
        _question.output.close()
        _answers.pop(_question.key, None)
        _question = None
    if bpy.app.timers.is_registered(_listen):
        bpy.app.timers.unregister(_listen)


@persistent
def after_loading(*_arguments: object) -> None:
    """Handler: a file was opened; look at its clip."""
    settings = bpy.context.scene.restage
    if settings.clip:
        ask(resolved_path(settings.clip), settings.rate)


def read_answer(text: str) -> Answer:
    """What `probe` printed, as an answer."""
    try:
        values = json.loads(text)
    except ValueError:
        lines = text.strip().splitlines() or ["The clip could not be looked at"]
        refused = lines[-1].startswith("error: ")
        return Answer(problem=panel_words(lines[-1].removeprefix("error: ")), refused=refused)
    works = values.get("works", True)
    problem = "" if works else " ".join(values.get("remarks", []))
    return Answer(values=values, problem=panel_words(problem), refused=not works)


def _listen() -> float | None:
    """Timer: take the answer when it is there."""
    global _question
    if _question is None:
        return None
    if _question.process.poll() is None:
        return TICK
    _question.output.seek(0)
    _answers[_question.key] = read_answer(_question.output.read().decode("utf-8", errors="replace"))
    _question.output.close()
    _question = None
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
    return None


def _key(clip: Path, rate: float = 0.0) -> Key | None:
    try:
        return clip, clip.stat().st_mtime_ns, rate
    except OSError:
        return None

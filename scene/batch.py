"""Clips in, Blender files out, without a window: what `blender --command restage` and restage_batch.py do.

For every clip: reconstruct it with the engine, import the job, save DIR/NAME.blend, render the turntable. A clip that
fails does not stop the others. A table of all clips comes at the end.
"""

import argparse
import importlib.util
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import bpy

from ..core.errors import Cancelled, ExitCode, RestageError
from ..core.events import Events, JsonEvents, TextEvents
from ..core.settings import Settings, TextureSize
from ..core.source import source_name
from . import engine, session
from .export import ENDINGS, export_sequence
from .job_import import ImportOptions, import_job
from .modes import CHARACTERS, SEQUENCES
from .paths import make_paths_relative
from .sequence import blender_frame
from .turntable import TurntableOptions, render_turntable

WHEEL = not bpy.app.binary_path
SETTINGS = ("method", "preset", "device", "workers", "frames", "person", "weights", "smpl")
# Settings that are numbers, whose defaults are the engine's.
NUMBERS = ("steadiness", "texture_size")

DONE, PARTIAL, FAILED, STOPPED = "done", "partial", "failed", "stopped"
EXIT_CODES = {DONE: ExitCode.OK, PARTIAL: ExitCode.PARTIAL, FAILED: ExitCode.ERROR, STOPPED: ExitCode.INTERRUPTED}


@dataclass
class Line:
    """A clip's line in the table: its state, frames as `308 of 312`, seconds, why it failed, and what was made."""

    clip: str
    state: str = FAILED
    frames: str = ""
    seconds: float = 0.0
    reason: str = ""
    files: dict[str, Path] = field(default_factory=dict)


def parse(arguments: list[str], program: str) -> argparse.Namespace:
    """The command line's arguments, after `--` or after the name of the command."""
    parser = argparse.ArgumentParser(prog=program, description="Turn clips into Blender files with a person in them.")
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="video of a person")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for everything that is made")
    parser.add_argument("--blend", type=Path, metavar="FILE", help="Blender file (default: DIR/NAME.blend)")
    parser.add_argument("--turntable", type=Path, metavar="FILE", help="MP4 (default: in the job folder's preview)")
    parser.add_argument("--no-turntable", action="store_true", help="render no turntable")
    parser.add_argument("--turntable-engine", default="WORKBENCH", choices=["WORKBENCH", "EEVEE", "CYCLES"])
    parser.add_argument("--method", default="open", help="how the surface is found: open, body or pamir")
    parser.add_argument("--preset", default="standard", choices=["draft", "standard", "high"])
    parser.add_argument("--device", default="auto", choices=["auto", "cuda", "mps", "cpu"])
    parser.add_argument("--workers", default="", metavar="N", help="how many frames are made at a time")
    parser.add_argument(
        "--frames", default="", metavar="A:B:C", help="start:end:step of the clip's frames, end excluded"
    )
    parser.add_argument("--person", default="", metavar="ID", help="whom to reconstruct, by probe's number, or all")
    parser.add_argument(
        "--steadiness",
        type=float,
        default=Settings.steadiness,
        help="how firmly motion is smoothed; 0: hardly (default: %(default)g)",
    )
    parser.add_argument(
        "--texture-size",
        type=int,
        default=Settings.texture_size,
        choices=get_args(TextureSize),
        help="texels along one side of the character's texture (default: %(default)s)",
    )
    parser.add_argument("--no-character", action="store_true", help="only a mesh a frame, no mesh that moves")
    parser.add_argument("--moving-texture", action="store_true", help="also a texture of the character for every frame")
    parser.add_argument(
        "--video",
        action=argparse.BooleanOptionalAction,
        default=Settings.video,
        help="a video that sets clip, meshes and character side by side (default: made)",
    )
    parser.add_argument("--weights", default="", metavar="DIR", help="for --method pamir: the folder of its files")
    parser.add_argument("--smpl", default="", metavar="FILE", help="for --method pamir: the SMPL neutral model")
    parser.add_argument("--mode", default="packed", choices=SEQUENCES + CHARACTERS, help="how the frames come in")
    parser.add_argument("--gaps", default="hold", choices=["hold", "hide"], help="what frames without a person show")
    parser.add_argument("--no-pictures", action="store_true", help="without the pictures of single frames")
    parser.add_argument(
        "--export",
        action="append",
        default=[],
        type=str.upper,
        choices=sorted(ENDINGS),
        help="also write DIR/NAME for other programs; may be given again",
    )
    parser.add_argument("--resume", action="store_true", help="go on with job folders that exist; this is the default")
    parser.add_argument(
        "--json", action="store_true", help="print events as JSON lines instead of text, a summary last"
    )
    options = parser.parse_args(arguments)
    if len(options.clips) > 1 and (options.blend or options.turntable):
        parser.error("--blend and --turntable name one file, so they go with one clip only")
    return options


def find_engine() -> Path:
    """The engine's Python; with the wheel, the Python that runs this may be an engine itself."""
    if WHEEL and not engine.is_ready() and all(importlib.util.find_spec(name) for name in ("torch", "mediapipe")):
        return Path(sys.executable)
    return engine.engine_python()


def run_clip(clip: Path, options: argparse.Namespace, events: Events, line: Line) -> None:
    """Everything for one clip; `line` is filled as things are done.

    Raises RestageError, and Cancelled on Ctrl-C.
    """
    if not clip.exists():
        raise RestageError("video_missing", f"There is no file {clip}. Check the name.")
    output = options.output.absolute()
    settings: dict[str, str | bool] = {name: getattr(options, name) for name in SETTINGS}
    # As text: a steadiness of 0 is no empty setting.
    settings |= {name.replace("_", "-"): str(getattr(options, name)) for name in NUMBERS}
    settings |= {"no-character": options.no_character, "no-video": not options.video}
    settings["moving-texture"] = options.moving_texture
    worker = session.start(find_engine(), session.reconstruct_arguments(clip.absolute(), output, settings))
    try:
        done = worker.wait(lambda event: forward(event, events))
    except KeyboardInterrupt as interrupt:
        raise Cancelled from interrupt
    finally:
        session.stop()

    # An empty file, but not the factory's preferences: those would switch the extension off.
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    how = ImportOptions(options.mode, options.gaps, pictures=not options.no_pictures)
    imported = import_job(Path(done["job"]), scene, how)
    look_through_camera()
    made = line.files
    made.update({name: Path(path) for name, path in done.get("files", {}).items()})
    made["blend"] = (options.blend or output / f"{source_name(clip)}.blend").absolute()
    made["blend"].parent.mkdir(parents=True, exist_ok=True)
    make_paths_relative(made["blend"])
    bpy.ops.wm.save_as_mainfile(filepath=str(made["blend"]), compress=True, relative_remap=False)
    for kind in options.export:
        written = made["blend"].with_suffix(ENDINGS[kind] or f".{kind.lower()}")
        export_sequence(scene, imported.sequence, written, kind)
        made[kind.lower()] = written
    if not options.no_turntable:
        made["turntable"] = (options.turntable or imported.job.preview_folder / "turntable.mp4").absolute()
        # The middle of the clip: a person often walks in and out at its ends.
        middle = imported.numbers[len(imported.numbers) // 2]
        scene.frame_set(blender_frame(middle))
        events.emit("stage", stage="turntable", index=1, count=1)
        turn = TurntableOptions(engine=options.turntable_engine)
        for done, count in render_turntable(scene, imported.collection, made["turntable"], turn):
            events.emit("frame", stage="turntable", done=done, count=count)
    line.frames = f"{len(imported.numbers)} of {len(imported.job.record.frames)}"
    line.state = DONE if len(imported.numbers) == len(imported.job.record.frames) else PARTIAL
    if line.state == PARTIAL:
        events.emit("warning", code="few_frames", message=f"{clip.name}: {imported.summary}.")


def forward(event: dict[str, Any], events: Events) -> None:
    """Pass the worker's progress on; its end is reported by this program's own."""
    if event["event"] in ("notice", "stage", "frame", "warning"):
        events.emit(event["event"], **{name: value for name, value in event.items() if name != "event"})


def look_through_camera() -> None:
    """Open the file on what the clip shows: the person in front of the video."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                area.spaces.active.region_3d.view_perspective = "CAMERA"


def main(arguments: list[str], program: str = "restage") -> int:
    """Run every clip and tell what became of each; returns the exit code: the worst of all clips'."""
    options = parse(arguments, program)
    events = JsonEvents() if options.json else TextEvents()
    lines = []
    for clip in options.clips:
        line = Line(clip.name)
        lines.append(line)
        began = time.monotonic()
        try:
            run_clip(clip, options, events, line)
        except RestageError as error:
            line.state = STOPPED if isinstance(error, Cancelled) else FAILED
            line.reason = str(error).partition("\n")[0]
            events.emit("error", code=error.code, message=f"{clip.name}: {error}")
        line.seconds = time.monotonic() - began
        if line.state == STOPPED:
            break
    if options.json:
        events.emit("summary", clips=[as_json(line) for line in lines])
    else:
        sys.stdout.write(table(lines))
    for line in lines:
        if line.state in (DONE, PARTIAL):
            events.emit("done", files={name: str(path) for name, path in line.files.items()})
    worst = max(lines, key=lambda line: list(EXIT_CODES).index(line.state))
    return EXIT_CODES[worst.state]


def table(lines: list[Line]) -> str:
    """The clips as a table for people."""
    rows = [("clip", "state", "frames", "time", "")]
    rows += [(line.clip, line.state, line.frames or "-", f"{line.seconds:.0f} s", line.reason) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    text = ["  ".join([*map(str.ljust, row, widths), row[4]]).rstrip() for row in rows]
    return "\n".join(["", *text, ""]) + "\n"


def as_json(line: Line) -> dict[str, Any]:
    """A line of the table as JSON values."""
    files = {name: str(path) for name, path in line.files.items()}
    return {
        "clip": line.clip,
        "state": line.state,
        "frames": line.frames,
        "seconds": round(line.seconds, 1),
        "reason": line.reason,
        "files": files,
    }

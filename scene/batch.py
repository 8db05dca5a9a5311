"""Clips in, Blender files out, without a window: what `blender --command restage` and restage_batch.py do.

For every clip: reconstruct it with the engine, import the job of every person, save DIR/NAME.blend, render turntables.
A clip that fails does not stop the others. A table of all clips comes at the end.
"""

import argparse
import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import Any, get_args

import bpy

from ..core.character.bone_names import BONE_NAMES, DEFAULT
from ..core.errors import ExitCode, RestageError
from ..core.events import Events, JsonEvents, TextEvents, Unheard
from ..core.settings import Settings, TextureSize
from ..core.source import job_name
from . import engine, session
from .batch_options import (
    add_clip_options,
    add_scene_options,
    engine_settings,
    import_options,
    turntable_options,
)
from .batch_report import DONE, EXIT_CODES, PARTIAL, STOPPED, Line, as_json, table, tell_failure
from .export import ENDINGS, export_sequence
from .failures import blender_words
from .job_import import Imported
from .modes import CHARACTERS, SEQUENCES
from .paths import make_paths_relative
from .people import describe_people, import_people, is_complete
from .sequence import blender_frame
from .turntable import render_turntable

WHEEL = not bpy.app.binary_path
SETTINGS = ("method", "preset", "device", "workers", "frames", "person")
# Settings that are numbers, whose defaults are the engine's.
NUMBERS = ("steadiness", "texture_size")


def parse(arguments: list[str], program: str) -> argparse.Namespace:
    """The command line's arguments, after `--` or after the name of the command."""
    parser = argparse.ArgumentParser(prog=program, description="Turn clips into Blender files with a person in them.")
    parser.epilog = "For a machine without a network: blender --command restage fetch --help"
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="video, or folder of numbered pictures")
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
    parser.add_argument(
        "--bones", default=DEFAULT, choices=BONE_NAMES, help="character_armature: whose names the bones have"
    )
    parser.add_argument("--no-pictures", action="store_true", help="without the pictures of single frames")
    parser.add_argument(
        "--export",
        action="append",
        default=[],
        type=str.upper,
        choices=sorted(ENDINGS),
        help="also write DIR/NAME for other programs; may be given again",
    )
    add_clip_options(parser)
    add_scene_options(parser)
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with job folders that exist; this is the default")
    again.add_argument("--restart", action="store_true", help="do everything again")
    parser.add_argument(
        "--json", action="store_true", help="print events as JSON lines instead of text, a summary last"
    )
    options = parser.parse_args(arguments)
    if len(options.clips) > 1 and (options.blend or options.turntable or options.masks):
        parser.error("--blend, --turntable and --masks belong to one clip, so they go with one clip only")
    return options


def find_engine() -> Path:
    """The engine's Python; with the wheel, the Python that runs this may be an engine itself."""
    if WHEEL and not engine.is_ready() and all(importlib.util.find_spec(name) for name in ("torch", "mediapipe")):
        return Path(sys.executable)
    return engine.engine_python()


def run_clip(clip: Path, options: argparse.Namespace, events: Events, line: Line) -> None:
    """Everything for one clip; `line` is filled as things are done.

    Raises RestageError, and whatever Python and Blender raise where a disk is full or a folder must not be written.
    """
    if not clip.exists():
        raise RestageError("video_missing", f"There is no file {clip}. Check the name.")
    output = options.output.absolute()
    settings: dict[str, str | bool] = {name: getattr(options, name) for name in SETTINGS}
    # As text: a steadiness of 0 is no empty setting.
    settings |= {name.replace("_", "-"): str(getattr(options, name)) for name in NUMBERS}
    settings |= {"no-character": options.no_character, "no-video": not options.video}
    settings["moving-texture"], settings["restart"] = options.moving_texture, options.restart
    settings |= engine_settings(options)
    worker = session.start(find_engine(), session.reconstruct_arguments(clip.absolute(), output, settings))
    try:
        done = worker.wait(lambda event: forward(event, events))
    finally:
        session.stop()

    # An empty file, but not the factory's preferences: those would switch the extension off.
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    people = import_people(done, scene, import_options(options))
    if scene.camera:
        look_through_camera()
    made = line.files
    made.update({name: Path(path) for name, path in done.get("files", {}).items()})
    made["blend"] = (options.blend or output / f"{job_name(clip, options.person)}.blend").absolute()
    save(made["blend"])
    for index, person in enumerate(people, start=1):
        name = person.job.record.name
        # What tells a person's files from the first one's, which are named after the clip alone.
        mark, label = name.removeprefix(people[0].job.record.name), f" of {name}" if len(people) > 1 else ""
        for kind in options.export:
            written = made["blend"].with_name(f"{made['blend'].stem}{mark}{ENDINGS[kind] or f'.{kind.lower()}'}")
            export_sequence(scene, person.sequence, written, kind)
            made[f"{kind.lower()}{label}"] = written
        if not options.no_turntable:
            events.emit("stage", stage="turntable", index=index, count=len(people))
            made[f"turntable{label}"] = make_turntable(scene, person, mark, options, events)
    frames = sum(len(person.job.record.frames) for person in people)
    line.frames = f"{sum(len(person.numbers) for person in people)} of {frames}"
    line.state = DONE if is_complete(people) else PARTIAL
    if line.state == PARTIAL:
        events.emit("warning", code="few_frames", message=f"{clip.name}: {describe_people(people)}.")


def save(path: Path) -> None:
    """Save the open file there; raises RestageError `output_unwritable`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    make_paths_relative(path)
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, relative_remap=False)
    except RuntimeError as error:
        raise RestageError(
            "output_unwritable",
            f"Blender could not save {path} ({blender_words(error)}). Check the folder, its rights and the free space,"
            " then run again; what was finished is kept.",
        ) from error


def make_turntable(
    scene: bpy.types.Scene, person: Imported, mark: str, options: argparse.Namespace, events: Events
) -> Path:
    """Render a person's turntable and return its path; `mark` sets it apart where `--turntable` names one for all."""
    turn = turntable_options(options)
    path = person.job.preview_folder / ("turntable" if turn.pictures else "turntable.mp4")
    if options.turntable:
        path = options.turntable.with_name(f"{options.turntable.stem}{mark}{options.turntable.suffix}")
    # The middle of the clip: a person often walks in and out at its ends.
    scene.frame_set(blender_frame(person.numbers[len(person.numbers) // 2]))
    for done, count in render_turntable(scene, person.collection, path.absolute(), turn):
        events.emit("frame", stage="turntable", done=done, count=count)
    return path.absolute()


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
    try:
        return run_clips(options, JsonEvents() if options.json else TextEvents())
    except (Unheard, BrokenPipeError):
        # Python would complain at its end about what could not be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.INTERRUPTED


def run_clips(options: argparse.Namespace, events: Events) -> int:
    """Run every clip, whatever becomes of the others, until somebody stops it; returns the exit code."""
    lines = []
    for clip in options.clips:
        line = Line(clip.name)
        lines.append(line)
        began = time.monotonic()
        try:
            run_clip(clip, options, events, line)
        except Unheard:
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - it is told, and the other clips still run
            tell_failure(error, line, events)
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

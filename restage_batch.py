"""Clips in, Blender files out, without a window.

    blender -b --factory-startup --python-exit-code 1 --python restage_batch.py -- CLIP... --output DIR
    python restage_batch.py -- CLIP... --output DIR        with the bpy package from PyPI

For every clip: reconstruct it with the engine, import the job, save DIR/NAME.blend, render the turntable. The paths of
everything that was made are printed last. Exit codes: 0 done, 1 a clip failed, 2 bad arguments, 3 some frames of a
clip are missing, 130 interrupted.
"""

import argparse
import importlib.util
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import bpy

ROOT = Path(__file__).resolve().parent
PACKAGE = "restage"
WHEEL = not bpy.app.binary_path


def load_extension() -> None:
    """Load the folder that holds this file as a package and register it, whatever it is called on disk.

    This is what Blender does for an installed extension, for a copy that need not be installed.
    """
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    module.register()


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments after `--`."""
    from restage.scene.modes import CHARACTERS, SEQUENCES

    parser = argparse.ArgumentParser(
        prog="restage_batch.py", description="Turn clips into Blender files with a person in them."
    )
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="video of a person")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for everything that is made")
    parser.add_argument("--blend", type=Path, metavar="FILE", help="Blender file (default: DIR/NAME.blend)")
    parser.add_argument("--turntable", type=Path, metavar="FILE", help="MP4 (default: in the job folder's preview)")
    parser.add_argument("--no-turntable", action="store_true", help="render no turntable")
    parser.add_argument("--turntable-engine", default="WORKBENCH", choices=["WORKBENCH", "EEVEE", "CYCLES"])
    parser.add_argument("--method", default="open", help="how the surface is found: open, body or pamir")
    parser.add_argument("--preset", default="standard", choices=["draft", "standard", "high"])
    parser.add_argument("--device", default="auto", choices=["auto", "cuda", "mps", "cpu"])
    parser.add_argument(
        "--frames", default="", metavar="A:B:C", help="start:end:step of the clip's frames, end excluded"
    )
    parser.add_argument("--weights", default="", metavar="DIR", help="for --method pamir: the folder of its files")
    parser.add_argument("--smpl", default="", metavar="FILE", help="for --method pamir: the SMPL neutral model")
    parser.add_argument("--mode", default="packed", choices=SEQUENCES + CHARACTERS, help="how the frames come in")
    parser.add_argument("--gaps", default="hold", choices=["hold", "hide"], help="what frames without a person show")
    parser.add_argument("--resume", action="store_true", help="go on with job folders that exist; this is the default")
    parser.add_argument("--json", action="store_true", help="print events as JSON lines instead of text")
    options = parser.parse_args(arguments)
    if len(options.clips) > 1 and (options.blend or options.turntable):
        parser.error("--blend and --turntable name one file, so they go with one clip only")
    return options


def find_engine() -> Path:
    """The engine's Python; with the wheel, the Python that runs this may be an engine itself."""
    from restage.scene import engine

    if WHEEL and not engine.is_ready() and all(importlib.util.find_spec(name) for name in ("torch", "mediapipe")):
        return Path(sys.executable)
    return engine.engine_python()


def run_clip(clip: Path, options: argparse.Namespace, events: Any) -> tuple[dict[str, Path], bool]:
    """Everything for one clip; returns what was made, by name, and whether every frame has a mesh.

    Raises RestageError, and Cancelled on Ctrl-C.
    """
    from restage.core.errors import Cancelled, RestageError
    from restage.core.source import source_name
    from restage.scene import session
    from restage.scene.job_import import ImportOptions, import_job
    from restage.scene.paths import make_paths_relative
    from restage.scene.sequence import blender_frame
    from restage.scene.turntable import TurntableOptions, render_turntable

    if not clip.exists():
        raise RestageError("video_missing", f"There is no file {clip}. Check the name.")
    output = options.output.absolute()
    settings = {name: getattr(options, name) for name in ("method", "preset", "device", "frames", "weights", "smpl")}
    worker = session.start(find_engine(), session.reconstruct_arguments(clip.absolute(), output, settings))
    try:
        done = worker.wait(lambda event: forward(event, events))
    except KeyboardInterrupt as interrupt:
        raise Cancelled from interrupt
    finally:
        session.stop()

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    imported = import_job(Path(done["job"]), scene, ImportOptions(options.mode, options.gaps))
    look_through_camera()
    made = {name: Path(path) for name, path in done.get("files", {}).items()}
    made["blend"] = (options.blend or output / f"{source_name(clip)}.blend").absolute()
    made["blend"].parent.mkdir(parents=True, exist_ok=True)
    make_paths_relative(made["blend"])
    bpy.ops.wm.save_as_mainfile(filepath=str(made["blend"]), compress=True, relative_remap=False)
    if not options.no_turntable:
        made["turntable"] = (options.turntable or imported.job.preview_folder / "turntable.mp4").absolute()
        # The middle of the clip: a person often walks in and out at its ends.
        middle = imported.numbers[len(imported.numbers) // 2]
        scene.frame_set(blender_frame(middle))
        events.emit("stage", stage="turntable", index=1, count=1)
        turn = TurntableOptions(engine=options.turntable_engine)
        for done, count in render_turntable(scene, imported.collection, made["turntable"], turn):
            events.emit("frame", stage="turntable", done=done, count=count)
    complete = len(imported.numbers) == len(imported.job.record.frames)
    if not complete:
        events.emit("warning", code="few_frames", message=f"{clip.name}: {imported.summary}.")
    return made, complete


def forward(event: dict[str, Any], events: Any) -> None:
    """Pass the worker's progress on; its end is reported by this program's own."""
    if event["event"] in ("notice", "stage", "frame", "warning"):
        events.emit(event["event"], **{name: value for name, value in event.items() if name != "event"})


def look_through_camera() -> None:
    """Open the file on what the clip shows: the person in front of the video."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                area.spaces.active.region_3d.view_perspective = "CAMERA"


def main(arguments: list[str]) -> int:
    """Run every clip; a clip that fails does not stop the others."""
    load_extension()
    from restage.core.errors import Cancelled, ExitCode, RestageError
    from restage.core.events import JsonEvents, TextEvents

    options = parse(arguments)
    events = JsonEvents() if options.json else TextEvents()
    made: list[dict[str, Path]] = []
    worst = ExitCode.OK
    for clip in options.clips:
        try:
            files, complete = run_clip(clip, options, events)
            made.append(files)
            if not complete:
                worst = worst or ExitCode.PARTIAL
        except Cancelled as error:
            events.emit("error", code=error.code, message=str(error))
            return ExitCode.INTERRUPTED
        except RestageError as error:
            events.emit("error", code=error.code, message=f"{clip.name}: {error}")
            worst = ExitCode.ERROR
    for files in made:
        events.emit("done", files={name: str(path) for name, path in files.items()})
    return worst


def arguments_after_dashes(line: list[str]) -> list[str]:
    """What follows `--`: the part of the command line that Blender leaves to the script."""
    return line[line.index("--") + 1 :] if "--" in line else ([] if not WHEEL else line[1:])


if __name__ == "__main__":
    try:
        code = int(main(arguments_after_dashes(sys.argv)))
    except SystemExit as end:  # argparse's way out
        code = end.code if isinstance(end.code, int) else 2
    except BaseException:  # noqa: BLE001 - the process ends with it, after saying it in full
        traceback.print_exc()
        code = 1
    # The bpy package may hang when the interpreter ends, and Blender turns every failure into one code of its own.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

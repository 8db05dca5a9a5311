"""How fast a real window of Blender draws a sequence that plays, and what of that is the sequence's own share.

    blender --factory-startup --window-geometry 0 0 640 480 --python benchmarks/drawing.py -- [--frames 100]
        [--vertices 100000] [--job JOB] [--modes packed proxies objects] [--seconds 10] [--plain]

The meshes are those of sequences.py: another topology at every frame, with colours; or those of a finished job. The
mode `proxies` is packed with viewport proxies. The 3D viewport fills the window and shows them solid with their
colours; --plain leaves out what Blender draws besides, grid and handles, and the smoothing of edges. Every way is drawn
by Blender's own redraw timer:

    empty       nothing is there
    orbit       the mesh of one frame, while the view turns around it
    MODE update the next frame, not drawn
    MODE first  the next frame, drawn; the first round
    MODE again  the same, the second round
    MODE played animation playback with every frame shown, as a user starts it; frames counted as they are drawn

What a frame drawn takes beyond its update and beyond an orbit is the making of the buffers that the mesh is drawn
from. Processor time counts all threads, so it hardly depends on what else the machine does; where graphics are drawn by
software, it contains that too.
"""

import argparse
import functools
import itertools
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Quaternion

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import sequences  # noqa: E402

import restage_batch  # noqa: E402

# How often an empty scene is drawn.
ALONE = 100
# Seconds between steps, in which the window is drawn.
PAUSE = 0.5
TURN = Quaternion((0, 0, 1), 0.1)
said: list[str] = []


@dataclass
class Figure:
    """Milliseconds of a frame: by the clock and of the processors."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} ms | {self.processor:.1f} ms"


def measured(draw: Callable[[], object], frames: int) -> Figure:
    """Time `draw`, which draws so many frames."""
    start, busy = time.perf_counter(), time.process_time()
    draw()
    return Figure(
        (time.perf_counter() - start) / frames * 1000,
        (time.process_time() - busy) / frames * 1000,
    )


def redraw(kind: str, **values: int) -> None:
    """Blender's redraw timer in the main window."""
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.wm.redraw_timer(type=kind, **values)


def view() -> bpy.types.SpaceView3D:
    return next(
        area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == "VIEW_3D"
    ).spaces.active


def fill_window(plain: bool) -> None:
    """Let the 3D viewport be the whole window; plain: and show the scene's objects alone."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    with bpy.context.temp_override(window=window, area=area):
        bpy.ops.screen.screen_full_area(use_hide_panels=True)
    if plain:
        view().overlay.show_overlays = view().show_gizmo = view().show_region_header = False
        bpy.context.preferences.system.viewport_aa = "OFF"


def orbit(frames: int) -> None:
    """Draw one mesh from another side every time."""
    for _ in range(frames):
        view().region_3d.view_rotation = TURN @ view().region_3d.view_rotation
        redraw("DRAW_WIN_SWAP", iterations=1)


def empty_scene() -> None:
    """Nothing in the file, and the view on where the person will stand."""
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.collections, *bpy.data.meshes])
    region = view().region_3d
    region.view_perspective, region.view_distance, region.view_location = "PERSP", 3.5, (0.0, 0.0, 0.9)


def play(seconds: float) -> Iterator[str]:
    """Animation playback for some seconds; the last value it yields says how many frames a second were drawn."""
    drawn: list[int] = []
    bpy.context.scene.sync_mode = "NONE"
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 240, 1.0

    def count() -> None:
        drawn.append(bpy.context.scene.frame_current)

    handle = bpy.types.SpaceView3D.draw_handler_add(count, (), "WINDOW", "POST_PIXEL")
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window):
        bpy.ops.screen.animation_play()
    start, busy = time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        yield ""
    changes = sum(a != b for a, b in itertools.pairwise(drawn))
    spent = Figure(
        (time.perf_counter() - start) / max(1, changes) * 1000, (time.process_time() - busy) / max(1, changes) * 1000
    )
    with bpy.context.temp_override(window=window):
        bpy.ops.screen.animation_cancel(restore_frame=False)
    bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
    yield f"{spent} | {1000 / spent.wall:.1f} a second"


def measure(folder: Path, options: argparse.Namespace) -> Iterator[None]:
    """All ways, one after the other; the window is drawn at each yield."""
    fill_window(options.plain)
    empty_scene()
    yield
    region = next(
        part for part in bpy.context.window_manager.windows[0].screen.areas[0].regions if part.type == "WINDOW"
    )
    say(f"Blender {bpy.app.version_string}, a viewport of {region.width} x {region.height} pixels")
    meshes = options.job.stem if options.job else f"{options.frames} frames of {options.vertices} vertices"
    say(f"{meshes}\n\n| way | a frame | of the processors |\n|---|---|---|")
    say(f"| empty | {measured(lambda: redraw('DRAW_WIN_SWAP', iterations=ALONE), ALONE)} |")
    for mode in options.modes:
        empty_scene()
        sequences.import_restage(folder, mode)
        view().shading.color_type = "TEXTURE" if mode.startswith("character") else "VERTEX"
        scene = bpy.context.scene
        frames = scene.frame_end - scene.frame_start + 1
        scene.frame_set(scene.frame_start)
        yield
        few = max(5, frames // 5)
        say(f"| {mode} orbit | {measured(functools.partial(orbit, few), few)} |")
        yield
        for name in ("first", "again"):
            say(f"| {mode} {name} | {measured(lambda: redraw('ANIM_PLAY', iterations=1), frames)} |")
            yield
        say(f"| {mode} update | {measured(functools.partial(redraw, 'ANIM_STEP', iterations=frames), frames)} |")
        for line in play(options.seconds):
            if line:
                say(f"| {mode} played | {line} |")
            yield


def say(line: str) -> None:
    """Keep a line for the end: Blender's redraw timer writes as well."""
    said.append(line)


def step(steps: Iterator[None]) -> float:
    """A timer: what comes next, and Blender's end after the last."""
    code = 1
    try:
        next(steps)
        return PAUSE
    except StopIteration:
        code = 0
    except BaseException:  # noqa: BLE001 - Blender would wait for its user otherwise
        traceback.print_exc()
    sys.stdout.write("\n".join(["", *said, ""]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--vertices", type=int, default=100_000)
    parser.add_argument("--job", type=Path, metavar="JOB", help="a finished job folder, of which a copy is shown")
    parser.add_argument("--plain", action="store_true", help="without grid, handles and smoothed edges")
    parser.add_argument("--modes", nargs="+", default=["packed", "proxies", "objects"])
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args(restage_batch.arguments_after_dashes(sys.argv))
    restage_batch.load_extension()
    bpy.context.preferences.view.show_splash = False
    folder = Path(tempfile.mkdtemp())
    if options.job:
        ignored = shutil.ignore_patterns("run.lock", "page", "preview")
        shutil.copytree(options.job, folder / sequences.JOB, ignore=ignored)
    else:
        sequences.make_job(folder, options.frames, options.vertices)
    bpy.app.timers.register(functools.partial(step, measure(folder, options)), first_interval=PAUSE)


main()

"""Takes the pictures of this folder: every state of the panel, drawn by a real Blender in a window.

    blender --command extension install-file -r user_default -e restage-VERSION.zip
    blender --window-geometry 0 0 1280 900 --python docs/panels/take.py -- JOB.restage CLIP FOLDER [NAME...]

on X11 without a window manager (Xvfb will do), with ImageMagick's `import` on the path, and in a profile made for it,
since the script writes into it. JOB is a finished job folder of the file CLIP, FOLDER is
where the pictures go, NAMEs choose some of them. What the engine would report is put in by hand, so none is needed;
everything that is drawn is drawn by the extension.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import bpy
import numpy as np

PACKAGE = "bl_ext.user_default.restage"
JOB, CLIP, FOLDER, *NAMES = sys.argv[sys.argv.index("--") + 1 :]
ROOT = Path(__file__).resolve().parents[2]
# Panels glide to their places, so a picture is taken after so many redraws, so many seconds apart.
REDRAWS, PAUSE = 4, 0.4
# Pixels that the sidebar's tabs are wide.
TABS = 22
BROKEN = (
    "talk.mp4 cannot be read as a video: its video cannot be decoded (Invalid data found when processing input). Choose"
    " another file, or convert it to MP4 (H.264) first."
)
State = Callable[[], Iterator[None]]
opened: list[type] = []


def module(name: str) -> ModuleType:
    """A module of the extension, as Blender loaded it."""
    return sys.modules[f"{PACKAGE}.{name}"]


def settings() -> bpy.types.PropertyGroup:
    return bpy.context.scene.restage


def view() -> bpy.types.Area:
    """The 3D viewport."""
    areas = bpy.context.window_manager.windows[0].screen.areas
    return next(area for area in areas if area.type == "VIEW_3D")


def region(kind: str) -> bpy.types.Region:
    """A part of the 3D viewport: WINDOW, or UI for the sidebar."""
    return next(part for part in view().regions if part.type == kind)


def in_view(operator: Callable, *way: str, **values: object) -> None:
    """Call an operator as a button in the viewport does."""
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, area=view(), region=region("WINDOW")):
        operator(*way, **values)


def screen(window: bpy.types.Window) -> np.ndarray:
    """What a window shows, (H, W, 4) float32, from the bottom up."""
    path = Path(bpy.app.tempdir) / "screen.png"
    # Blender's own operator gives black pictures where the graphics are drawn by software.
    subprocess.run(["import", "-window", "root", str(path)], check=True)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], 4)
    bpy.data.images.remove(image)
    return pixels[window.y : window.y + window.height, window.x : window.x + window.width]


def save(name: str, pixels: np.ndarray) -> None:
    """Write a picture into the folder."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    image.pixels.foreach_set(np.ascontiguousarray(pixels, np.float32).ravel())
    image.filepath_raw, image.file_format = str(Path(FOLDER) / f"{name}.png"), "PNG"
    image.save()
    bpy.data.images.remove(image)


def save_sidebar(name: str) -> None:
    """The sidebar without its tabs, down to the last panel."""
    part = region("UI")
    pixels = screen(bpy.context.window_manager.windows[0])
    pixels = pixels[part.y : part.y + part.height, part.x : part.x + part.width - TABS]
    drawn = (np.ptp(pixels[..., :3], axis=1) > 0.01).any(axis=1)
    save(name, pixels[np.argmax(drawn) :])


def save_view(name: str) -> None:
    """The whole viewport."""
    area = view()
    pixels = screen(bpy.context.window_manager.windows[0])
    save(name, pixels[area.y : area.y + area.height, area.x : area.x + area.width])


def pretend_engine() -> None:
    """An engine that passes for ready, in the extension's own folder."""
    folder = module("scene.engine").engine_folder()
    python = module("core.engine").engine_python(folder)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch(0o755)
    lock = (ROOT / "core" / "engine.lock").read_text()
    names = ("torch", "numpy", "mediapipe", "opencv-contrib-python", "av")
    versions = {name: re.search(rf"^{name}==([^ ;\n]+)", lock, re.MULTILINE)[1] for name in names}
    packages = module("core.engine_packages")
    state = {"lock": packages.lock_hash(), "groups": ["worker"], "packages": [], "device_name": "Processor"}
    (folder / "ready.json").write_text(json.dumps(state | {"versions": versions}))


def remove_engine() -> None:
    shutil.rmtree(module("scene.engine").engine_folder(), ignore_errors=True)


def pretend_run(stage: str, index: int, stages: int, done: int, count: int, seconds: float) -> None:
    """A process that has worked on a stage for so many seconds."""
    progress = module("scene.worker").Progress(stage, index, stages, done, count, time.monotonic() - seconds)
    worker = SimpleNamespace(progress=progress, cancelled=False, warnings=[], stop=lambda: None, log_tail=lambda: "…")
    module("scene.session").current.worker = worker


def pretend_clip(people: int) -> None:
    """A clip that was looked at, with so many people in it."""
    with (Path(JOB) / "job.json").open() as stream:
        clip = json.load(stream)["clip"]
    last = clip["frame_count"] - 1
    found = [
        {"id": number, "box": [left, 0.1, 0.2, 0.8], "first": first, "last": last}
        for number, (left, first) in enumerate(((0.1, 0), (0.7, 12))[:people], start=1)
    ]
    values = clip | {"duration": clip["frame_count"] / clip["frame_rate"], "people": found}
    probe = module("scene.probe")
    settings().clip = CLIP
    probe.stop()
    probe._answers[probe._key(Path(CLIP))] = probe.Answer(values=values)


def copy_of_job(missing: slice, unseen: slice = slice(0)) -> Path:
    """A copy of the job, without the meshes of some frames; in others nobody was seen."""
    folder = Path(tempfile.mkdtemp()) / Path(JOB).name
    shutil.copytree(JOB, folder)
    record = json.loads((folder / "job.json").read_text())
    for name in [*list(record["frames"])[missing], *list(record["frames"])[unseen]]:
        (folder / "frames" / f"{name}.ply").unlink()
    for name in list(record["frames"])[unseen]:
        record["frames"][name].update(status="no_person", reason="Nobody was seen.")
    (folder / "job.json").write_text(json.dumps(record))
    return folder


def import_job(folder: Path) -> None:
    """Import it and look through its camera."""
    in_view(bpy.ops.restage.import_job, filepath=str(folder / "job.json"))
    view().spaces.active.region_3d.view_perspective = "CAMERA"


def open_panels(*names: str) -> None:
    """Show panels open that are closed at first: under another name, since Blender keeps which ones are open."""
    for name in names:
        owner = getattr(bpy.types, name)
        bpy.utils.unregister_class(owner)
        twin = type(f"{name}_open", (owner,), {"bl_idname": f"{name}_open", "bl_options": set()})
        bpy.utils.register_class(twin)
        opened.append(twin)


def close_panels() -> None:
    """Undo open_panels."""
    for twin in opened:
        bpy.utils.unregister_class(twin)
        bpy.utils.register_class(twin.__base__)
    opened.clear()


def set_up_needed() -> Iterator[None]:
    remove_engine()
    settings().clip = ""
    yield
    save_sidebar("set_up_needed")


def set_up_running() -> Iterator[None]:
    pretend_run("Downloading torch", 1, 1, 37, 100, 70)
    yield
    save_sidebar("set_up_running")


def clip_known() -> Iterator[None]:
    pretend_clip(people=1)
    yield
    save_sidebar("clip_known")


def people() -> Iterator[None]:
    pretend_clip(people=2)
    yield
    save_sidebar("people")


def running() -> Iterator[None]:
    pretend_clip(people=1)
    pretend_run("frames", 5, 7, 118, 300, 95)
    yield
    save_sidebar("running")


def stopped() -> Iterator[None]:
    pretend_clip(people=1)
    settings().output = str(copy_of_job(missing=slice(12, None)).parent)
    yield
    save_sidebar("stopped")
    settings().output = ""


def result() -> Iterator[None]:
    pretend_clip(people=1)
    import_job(Path(JOB))
    yield
    save_view("result")


def preview() -> Iterator[None]:
    pretend_clip(people=1)
    import_job(copy_of_job(missing=slice(1, None)))
    settings().job = ""
    module("scene.session").finish("Preview of frame 0, as a draft. Reconstruct makes the whole clip")
    yield
    save_view("preview")


def imported() -> Iterator[None]:
    pretend_clip(people=1)
    import_job(copy_of_job(slice(0), unseen=slice(14, 17)))
    yield
    save_sidebar("imported")


def error() -> Iterator[None]:
    pretend_clip(people=1)
    pretend_run("person", 1, 7, 0, 0, 1)
    module("scene.session").finish(BROKEN, failed=True)
    yield
    save_sidebar("error")


def past_jobs() -> Iterator[None]:
    pretend_clip(people=1)
    module("scene.recent").remember(copy_of_job(missing=slice(12, None)))
    module("scene.recent").remember(Path(JOB))
    open_panels("RESTAGE_PT_jobs")
    yield
    save_sidebar("past_jobs")


def panels() -> Iterator[None]:
    pretend_clip(people=1)
    open_panels("RESTAGE_PT_frames", "RESTAGE_PT_quality", "RESTAGE_PT_result")
    yield
    save_sidebar("settings")


def pamir_licence() -> Iterator[None]:
    pretend_clip(people=1)
    settings().method = "pamir"
    yield
    save_sidebar("pamir_licence")


def pamir_files() -> Iterator[None]:
    pretend_clip(people=1)
    settings().method = "pamir"
    bpy.ops.restage.accept_pamir()
    yield
    save_sidebar("pamir_files")


def preferences() -> Iterator[None]:
    bpy.ops.screen.userpref_show("INVOKE_DEFAULT")
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Restage"
    bpy.ops.preferences.addon_expand(module=PACKAGE)
    yield
    save("preferences", screen(bpy.context.window_manager.windows[-1]))
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
        bpy.ops.wm.window_close()


def set_up_dialog() -> Iterator[None]:
    remove_engine()
    yield
    before = screen(bpy.context.window_manager.windows[0])
    in_view(bpy.ops.restage.setup_engine, "INVOKE_DEFAULT")
    yield
    after = screen(bpy.context.window_manager.windows[0])
    rows, columns = np.nonzero(np.abs(after - before).max(axis=2) > 0.01)
    save("set_up_dialog", after[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])


# The dialog last: a script cannot close it.
STATES: tuple[State, ...] = (
    set_up_needed,
    set_up_running,
    clip_known,
    people,
    running,
    stopped,
    result,
    preview,
    imported,
    error,
    panels,
    past_jobs,
    pamir_licence,
    pamir_files,
    preferences,
    set_up_dialog,
)


def begin() -> None:
    """What every state starts from: an engine, no run, no person, the tab in front."""
    close_panels()
    pretend_engine()
    for folder in module("scene.recent").jobs():
        module("scene.recent").forget(folder)
    module("scene.session").finish("")
    for item in [*bpy.data.objects, *bpy.data.collections]:
        bpy.data.batch_remove([item])
    settings().method, settings().job = "open", ""
    region("UI").active_panel_category = "Restage"


def take() -> Iterator[None]:
    """Every state in turn; the screen is drawn at each yield."""
    # A sidebar over the viewport is not of one colour below its panels.
    bpy.context.preferences.system.use_region_overlap = False
    view().spaces.active.show_region_ui = True
    yield
    for state in STATES:
        if not NAMES or state.__name__ in NAMES:
            begin()
            yield from state()


def redrawn(steps: Iterator[None]) -> Iterator[None]:
    """The same steps, with time for the screen to follow each."""
    for _ in steps:
        for _ in range(REDRAWS):
            view().tag_redraw()
            yield


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
    sys.stderr.flush()
    os._exit(code)


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(functools.partial(step, redrawn(take())), first_interval=PAUSE)

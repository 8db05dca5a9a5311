"""The states of the panel that take.py takes pictures of: what the engine would report is put in by hand."""

import importlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import bpy
from open_panels import close_panels, open_panels

PACKAGE = "bl_ext.user_default.restage"
JOB, CLIP, FOLDER, *NAMES = sys.argv[sys.argv.index("--") + 1 :]
BROKEN = (
    f"{Path(CLIP).name} cannot be read as a video: its video cannot be decoded (Invalid data found when processing"
    " input). Choose another file, or convert it to MP4 (H.264) first."
)
DOUBTED = (
    f"What {Path(CLIP).name} shows was not taken for a person: it was seen as one in some frames, but differently when"
    " looked at closely or mirrored, as happens with animals, drawings and things. Choose a clip of a real person,"
    " whole body, well lit. If it is one all the same, insist with --person 1."
)


def module(name: str) -> ModuleType:
    """A module of the extension, as Blender loaded it."""
    return importlib.import_module(f"{PACKAGE}.{name}")


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


def pretend_engine() -> None:
    """An engine that passes for ready, in the extension's own folder."""
    folder, packages = module("scene.engine").engine_folder(), module("core.engine_wheels")
    python = module("core.engine").engine_python(folder)
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch(0o755)
    # What Blender's own downloads bring, whichever Python this one was built with.
    own = (3, 13) if bpy.app.version >= (5, 1, 0) else (3, 11)
    lines = dict(line.split("==") for line in packages.requirements(["worker"], "cpu", own))
    versions = {name: lines[name] for name in ("torch", "numpy", "mediapipe", "opencv-contrib-python", "av")}
    state = {"lock": packages.lock_hash(), "groups": ["worker"], "packages": [], "device_name": "Processor"}
    (folder / "ready.json").write_text(json.dumps(state | {"versions": versions}))


def pretend_run(stage: str, index: int, stages: int, done: int, count: int, spent: float, **times: float) -> None:
    """A process that has worked on a stage for `spent` seconds. times: what it expects, see core.expected."""
    started = time.monotonic() - spent
    progress = module("scene.progress").Progress()
    progress.update({"event": "stage", "stage": stage, "index": index, "count": stages, **times}, started)
    for number in range(1, done + 1):
        event = {"event": "frame", "stage": stage, "done": number, "count": count}
        progress.update(event, started + spent * number / done)
    worker = SimpleNamespace(progress=progress, cancelled=False, warnings=[], stop=lambda: None, log_tail=lambda: "…")
    module("scene.session").current.worker = worker
    module("scene.session").log_file().touch()


def clip_values() -> dict:
    """What the job says of its clip."""
    return json.loads((Path(JOB) / "job.json").read_text())["clip"]


def pretend_clip(people: int) -> None:
    """A clip that was looked at, with so many people in it."""
    clip = clip_values()
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


def remove_engine() -> None:
    shutil.rmtree(module("scene.engine").engine_folder(), ignore_errors=True)


def set_up_needed() -> None:
    remove_engine()
    settings().clip = ""


def set_up_running() -> None:
    remove_engine()
    pretend_run("Downloading 452 MB", 1, 1, 37, 100, 70)


def clip_known() -> None:
    pretend_clip(people=1)


def people() -> None:
    pretend_clip(people=2)


def doubted(insists: bool = False) -> None:
    """A clip in which nobody was taken for a person."""
    pretend_clip(people=1)
    probe = module("scene.probe")
    found = probe.answer(Path(CLIP)).values
    values = found | {"people": [], "suspects": found["people"], "works": False, "remarks": [DOUBTED]}
    probe._answers[probe._key(Path(CLIP))] = probe.read_answer(json.dumps(values))
    if insists:
        bpy.ops.restage.choose_person(person="1")


def insisted() -> None:
    doubted(insists=True)


def looking() -> None:
    pretend_clip(people=1)
    module("scene.probe").answer(Path(CLIP)).running = True


def running() -> None:
    pretend_clip(people=1)
    count = clip_values()["frame_count"]
    stages = module("core.stages").route(module("core.settings").Settings())
    times = module("core.expected").expected(stages, "frames", count)._asdict()
    pretend_run("frames", stages.index("frames") + 1, len(stages), 2 * count // 5, count, 2 * count // 5, **times)


def stopping() -> None:
    running()
    module("scene.session").current.worker.cancelled = True


def stopped() -> None:
    pretend_clip(people=1)
    settings().output = str(copy_of_job(missing=slice(12, None)).parent)


def result() -> None:
    pretend_clip(people=1)
    import_job(Path(JOB))


def preview() -> None:
    pretend_clip(people=1)
    folder = module("scene.preview").preview_folder(0) / Path(JOB).name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(copy_of_job(missing=slice(1, None)), folder)
    import_job(folder)
    module("scene.session").finish("Preview of frame 0, as a draft. Reconstruct makes the whole clip")


def imported() -> None:
    pretend_clip(people=1)
    import_job(copy_of_job(slice(0), unseen=slice(14, 17)))


def error() -> None:
    pretend_clip(people=1)
    pretend_run("person", 1, 9, 0, 0, 1)
    module("scene.session").finish(BROKEN, failed=True)


def past_jobs() -> None:
    pretend_clip(people=1)
    module("scene.recent").remember(copy_of_job(missing=slice(12, None)))
    module("scene.recent").remember(Path(JOB))
    open_panels("RESTAGE_PT_jobs")


def all_settings() -> None:
    pretend_clip(people=1)
    open_panels("RESTAGE_PT_frames", "RESTAGE_PT_quality", "RESTAGE_PT_result")


def turntable() -> None:
    result()
    # The panels of a selected person would push this one out of the window.
    bpy.context.view_layer.objects.active = None
    open_panels("RESTAGE_PT_turntable")


def turntable_running() -> None:
    turntable()
    module("scene.turntable_run").current = SimpleNamespace(done=17, count=settings().turntable_frames)


def export() -> None:
    result()
    # What was imported would push this panel out of the window.
    settings().job = ""
    open_panels("RESTAGE_PT_export")


def pamir_licence() -> None:
    pretend_clip(people=1)
    settings().method = "pamir"


def pamir_files() -> None:
    pamir_licence()
    bpy.ops.restage.accept_pamir()


def begin() -> None:
    """What every state starts from: an engine, no run, no person, the tab in front."""
    close_panels()
    pretend_engine()
    for folder in module("scene.recent").jobs():
        module("scene.recent").forget(folder)
    module("scene.session").finish("")
    module("scene.turntable_run").current = None
    for item in [*bpy.data.objects, *bpy.data.collections]:
        bpy.data.batch_remove([item])
    settings().method, settings().job, settings().output = "open", "", ""
    bpy.context.preferences.addons[PACKAGE].preferences.pamir_accepted = False
    region("UI").active_panel_category = "Restage"


# By the name of the picture.
def proxies() -> None:
    result()
    bpy.ops.restage.add_proxies()


IN_SIDEBAR: dict[str, Callable[[], None]] = {
    "set_up_needed": set_up_needed,
    "set_up_running": set_up_running,
    "clip_known": clip_known,
    "people": people,
    "doubted": doubted,
    "insisted": insisted,
    "looking": looking,
    "running": running,
    "stopping": stopping,
    "stopped": stopped,
    "imported": imported,
    "error": error,
    "past_jobs": past_jobs,
    "settings": all_settings,
    "turntable": turntable,
    "turntable_running": turntable_running,
    "export": export,
    "proxies": proxies,
    "pamir_licence": pamir_licence,
    "pamir_files": pamir_files,
}
IN_VIEW: dict[str, Callable[[], None]] = {"result": result, "preview": preview}

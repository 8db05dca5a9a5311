"""Blender without a window, in a user folder of its own, with the extension installed as Blender installs it."""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

_user_folder = tempfile.TemporaryDirectory(prefix="restage-blender-")
if "bpy" not in sys.modules:
    # Blender reads this when it is imported, so it must be set before; in_blender.py is started with it.
    os.environ["BLENDER_USER_RESOURCES"] = _user_folder.name
os.environ.pop("RESTAGE_ENGINE", None)

bpy = pytest.importorskip("bpy", reason="needs the bpy wheel")

from core.job import FrameRecord, Job, JobRecord  # noqa: E402
from core.ply import write_ply  # noqa: E402
from core.settings import Settings  # noqa: E402
from core.stages import route  # noqa: E402
from tests.blender.recorder import Recorder  # noqa: E402
from tests.blender.walk import COLOURS, FACES, PACKAGE, ROOT, walk_camera, walk_vertices  # noqa: E402

MakeJob = Callable[..., Job]
FAKE = Path(__file__).with_name("fake_engine.py")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


_STATUS = pytest.StashKey[int]()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    # Blender's module may hang when the interpreter ends, so it must not end by itself.
    _user_folder.cleanup()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(config.stash.get(_STATUS, 1))


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """The checkout as the extension `restage` of the repository user_default."""
    folder = Path(bpy.utils.user_resource("EXTENSIONS", path="user_default", create=True))
    (folder / "restage").symlink_to(ROOT, target_is_directory=True)
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    assert PACKAGE in bpy.context.preferences.addons


@pytest.fixture(autouse=True)
def empty_scene(installed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator["bpy.types.Scene"]:
    """An empty file, no memory of a run, and no engine unless the test makes one: not even the checkout's own."""
    monkeypatch.setenv("RESTAGE_ENGINE", str(tmp_path / "no engine"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    if PACKAGE not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module=PACKAGE)
    sys.modules[PACKAGE].scene.session.stop()
    sys.modules[PACKAGE].scene.recent._file().unlink(missing_ok=True)
    yield bpy.context.scene


@pytest.fixture
def extension():
    """The extension's modules as Blender loaded them."""
    return sys.modules[PACKAGE]


@pytest.fixture
def make_job(tmp_path: Path) -> MakeJob:
    """Make a job folder of a tetrahedron that walks to the right: one mesh a frame, a picture and the camera."""

    def make(
        statuses: dict[int, str] | None = None,
        size: tuple[int, int] = (640, 360),
        centre: tuple[float, float] = (331.5, 170.25),
        name: str = "walk",
    ) -> Job:
        statuses = statuses or {0: "ok", 1: "ok", 2: "ok"}
        record = JobRecord(
            name=name,
            source={"name": f"{name}.mp4"},
            settings=Settings(),
            stages=dict.fromkeys(route(Settings()), "done"),
            clip={"width": size[0], "height": size[1], "frame_rate": 30000 / 1001, "frame_count": len(statuses)},
            frames={n: FrameRecord(time=n / 30, status=status) for n, status in statuses.items()},
        )
        job = Job(tmp_path / "jobs" / f"{name}.restage", record)
        job.save()
        camera = walk_camera(size, centre)
        job.body_path.parent.mkdir(parents=True)
        np.savez(
            job.body_path,
            focal=camera.focal,
            centre=np.array(camera.centre),
            image_size=np.array(size, np.int32),
            camera_to_world=camera.camera_to_world,
        )
        for number in statuses:
            save_picture(job.picture_path(number), size)
        for number in job.person_frames():
            write_ply(job.mesh_path(number), walk_vertices(number), FACES, COLOURS)
        return job

    return make


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_job):
    """A folder that passes for an engine which is ready; its Python runs the stand-in."""
    folder = tmp_path / "engine"

    def make(mode: str, groups: tuple[str, ...] = ("worker",)) -> Path:
        python = folder / "venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" {mode} "$@"\n')
        python.chmod(0o755)
        lock = hashlib.sha256((ROOT / "core" / "engine.lock").read_bytes()).hexdigest()
        (folder / "ready.json").write_text(json.dumps({"lock": lock, "groups": groups, "packages": []}))
        monkeypatch.setenv("RESTAGE_ENGINE", str(folder))
        monkeypatch.setenv("RESTAGE_TEST_JOB", str(make_job().folder))
        clip = tmp_path / "walk.mp4"
        clip.write_bytes(b"film")
        bpy.context.scene.restage.clip = str(clip)
        return folder

    return make


@pytest.fixture
def record():
    """Draw a panel, or the page of the extension's preferences, and return what was drawn."""

    def record(panel: str) -> Recorder:
        if panel == "preferences":
            return draw_preferences()
        recorder = Recorder()
        preferences = SimpleNamespace(system=SimpleNamespace(ui_scale=1.0), addons=bpy.context.preferences.addons)
        region = SimpleNamespace(width=300)
        scene, item = bpy.context.scene, bpy.context.object
        context = SimpleNamespace(scene=scene, object=item, region=region, preferences=preferences)
        owner = getattr(bpy.types, panel)
        owner.draw(SimpleNamespace(layout=recorder, names=getattr(owner, "names", ())), context)
        return recorder

    return record


@pytest.fixture
def draw(record):
    """Draw a panel and return its texts and buttons."""
    return lambda panel: record(panel).drawn


def draw_preferences() -> Recorder:
    recorder = Recorder()
    preferences = bpy.context.preferences.addons[PACKAGE].preferences
    names = {name: getattr(preferences, name) for name in set(preferences.bl_rna.properties.keys())}
    page = SimpleNamespace(layout=recorder, bl_rna=preferences.bl_rna, **names)
    sys.modules[PACKAGE].panels.engine.draw_preferences(page, bpy.context)
    return recorder


def save_picture(path: Path, size: tuple[int, int]) -> None:
    """Write a grey JPEG with Blender itself, so that no other package is needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = bpy.data.images.new("picture", *size)
    image.filepath_raw = str(path)
    image.file_format = "JPEG"
    image.save()
    bpy.data.images.remove(image)

"""Blender without a window, in a user folder of its own, with the extension installed as Blender installs it."""

import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.user_default.restage"

# Blender reads this when it is imported, so it must be set before.
_user_folder = tempfile.TemporaryDirectory(prefix="restage-blender-")
os.environ["BLENDER_USER_RESOURCES"] = _user_folder.name
os.environ.pop("RESTAGE_ENGINE", None)

bpy = pytest.importorskip("bpy", reason="needs the bpy wheel")

from core.job import FrameRecord, Job, JobRecord  # noqa: E402
from core.ply import write_ply  # noqa: E402
from core.settings import Settings  # noqa: E402
from core.spaces import Camera  # noqa: E402

MakeJob = Callable[..., Job]


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
def empty_scene(installed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator["bpy.types.Scene"]:
    """An empty file before every test, and no engine unless the test makes one."""
    monkeypatch.delenv("RESTAGE_ENGINE", raising=False)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    if PACKAGE not in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_enable(module=PACKAGE)
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


FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 128, 20]], np.uint8)


def walk_vertices(number: int) -> np.ndarray:
    """(4, 3) float32 world metres: a tetrahedron 1.7 m high that moves 0.1 m to the right a frame."""
    corners = np.array([[-0.3, 0, 0.2], [0.3, 0, 0.25], [0, 0, -0.3], [0.05, 1.7, 0]], np.float32)
    return corners + np.array([0.1 * number, 0, 0], np.float32)


def walk_camera(size: tuple[int, int], centre: tuple[float, float]) -> Camera:
    """A camera 4 m in front and 1.2 m up that looks a little down and to the side, off-centre as real ones are."""
    tilt, turn = math.radians(-7), math.radians(5)
    around_x = np.array([[1, 0, 0], [0, math.cos(tilt), -math.sin(tilt)], [0, math.sin(tilt), math.cos(tilt)]])
    around_y = np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])
    transform = np.eye(4)
    transform[:3, :3] = around_y @ around_x
    transform[:3, 3] = (0.3, 1.2, 4.0)
    return Camera(focal=520.0, centre=centre, width=size[0], height=size[1], camera_to_world=transform)


def save_picture(path: Path, size: tuple[int, int]) -> None:
    """Write a grey JPEG with Blender itself, so that no other package is needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = bpy.data.images.new("picture", *size)
    image.filepath_raw = str(path)
    image.file_format = "JPEG"
    image.save()
    bpy.data.images.remove(image)

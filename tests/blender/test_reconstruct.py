"""The whole way through the operator, with a stand-in for the engine."""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from core.camera_file import write_camera

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in engine is a shell script")


def test_synchronous_run_imports_the_result(engine, tmp_path: Path) -> None:
    engine("work")
    settings = bpy.context.scene.restage
    settings.preset, settings.frame_end, settings.frame_step, settings.workers = "draft", 120, 2, 3
    settings.output = str(tmp_path / "out")
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    job = tmp_path / "out" / "walk.restage"
    assert len(bpy.data.collections["walk Frames"].objects) == 3
    assert Path(settings.job) == job
    arguments = json.loads((job / "arguments.json").read_text())
    assert arguments[:7] == ["-s", "-E", "-X", "utf8", "-m", "core", "reconstruct"]
    pairs = dict(zip(arguments[8:-1:2], arguments[9:-1:2], strict=True))
    assert pairs == {
        "--output": str(tmp_path / "out"),
        "--method": "open",
        "--preset": "draft",
        "--device": "auto",
        "--frames": "0:120:2",
        "--workers": "3",
        "--steadiness": "1",
        "--texture-size": "2048",
    }
    assert arguments[-1] == "--json"


def test_settings_that_are_not_as_usual_reach_the_engine(engine, tmp_path: Path) -> None:
    engine("work")
    settings = bpy.context.scene.restage
    settings.steadiness, settings.texture_size, settings.use_video = 0.0, "4096", False
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    arguments = json.loads((tmp_path / "walk.restage" / "arguments.json").read_text())
    assert arguments[arguments.index("--steadiness") + 1] == "0"
    assert arguments[arguments.index("--texture-size") + 1] == "4096"
    assert "--no-video" in arguments


def test_panel_and_engine_have_the_same_defaults(extension) -> None:
    settings, core = bpy.context.scene.restage, extension.core.settings.Settings()
    assert (settings.steadiness, int(settings.texture_size), settings.use_video) == (1.0, 2048, True)
    assert (core.steadiness, core.texture_size, core.video) == (1.0, 2048, True)
    # What the panel offers, the engine takes.
    for name, values in (("steadiness", (0.0, 3.0)), ("texture_size", (1024, 2048, 4096))):
        for value in values:
            extension.core.settings.Settings(**{name: value})


def test_the_video_is_made_once_and_every_refusal_says_why(engine, make_job, extension) -> None:
    make = bpy.ops.restage.character_video
    with pytest.raises(RuntimeError, match="Reconstruct a clip or import"):
        make()
    folder = make_job(name="seen").folder
    bpy.ops.restage.import_job(filepath=str(folder / "job.json"))
    with pytest.raises(RuntimeError, match="no character; switch on Quality > Character"):
        make()
    (folder / "character").mkdir()
    (folder / "character" / "template.npz").touch()
    with pytest.raises(RuntimeError, match="The engine is not set up"):
        make()
    engine("work")
    assert make() == {"FINISHED"}
    video = folder / "preview" / "character.mp4"
    assert video.read_bytes() == b"video" and extension.scene.session.current.worker is None
    video.write_bytes(b"kept")
    assert make() == {"FINISHED"} and video.read_bytes() == b"kept"
    folder.rename(folder.with_name("moved.restage"))
    with pytest.raises(RuntimeError, match="is gone; import the reconstruction from where it is now"):
        make()


def test_a_job_that_was_begun_is_resumed_beside_the_clip(engine, tmp_path: Path) -> None:
    engine("work")
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    job = tmp_path / "walk.restage"
    assert "--resume" not in json.loads((job / "arguments.json").read_text())
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    assert "--resume" in json.loads((job / "arguments.json").read_text())
    assert len(bpy.context.scene.collection.children) == 1


def test_a_folder_of_pictures_needs_its_rate_and_may_bring_masks(engine, draw, tmp_path: Path) -> None:
    engine("work")
    settings = bpy.context.scene.restage
    settings.rate, settings.masks = 12.0, str(tmp_path)
    (tmp_path / "dance").mkdir()
    settings.clip = str(tmp_path / "dance")
    # What was said of another clip does not hold here.
    assert (settings.rate, settings.masks) == (0.0, "")
    with pytest.raises(RuntimeError, match="Pictures have no times; set their Frame Rate first"):
        bpy.ops.restage.reconstruct()
    assert "rate" in draw("RESTAGE_PT_main") and {"rate", "masks"} <= set(draw("RESTAGE_PT_frames"))
    settings.rate, settings.masks = 30000 / 1001, str(tmp_path / "masks")
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    pairs = dict(pairwise(json.loads((tmp_path / "dance.restage" / "arguments.json").read_text())))
    assert (pairs["--rate"], pairs["--masks"]) == ("29.97003", str(tmp_path / "masks"))
    settings.clip = str(tmp_path / "walk.mp4")
    assert "rate" not in draw("RESTAGE_PT_main")


def _people() -> list[str]:
    return sorted(item.name for item in bpy.data.objects if item.restage.mode)


def test_a_second_person_leaves_the_first_as_they_were(engine, tmp_path: Path) -> None:
    engine("work")
    settings = bpy.context.scene.restage
    begun = []
    for person, name in (("1", "walk"), ("2", "walk_2"), ("2", "walk_2")):
        settings.person = person
        assert bpy.ops.restage.reconstruct() == {"FINISHED"}
        assert Path(settings.job) == tmp_path / f"{name}.restage"
        begun.append("--resume" in json.loads((Path(settings.job) / "arguments.json").read_text()))
    assert _people() == ["walk", "walk_2"]
    assert begun == [False, False, True]


def test_all_people_are_imported_each_as_an_object_before_one_camera(engine, extension, tmp_path: Path) -> None:
    engine("work")
    scene, settings = bpy.context.scene, bpy.context.scene.restage
    settings.person = "all"
    for _ in range(2):
        assert bpy.ops.restage.reconstruct() == {"FINISHED"}
        assert _people() == ["walk", "walk_2"]
        assert [collection.name for collection in scene.collection.children] == ["walk", "walk_2"]
    assert Path(settings.job) == tmp_path / "walk.restage"
    assert [item.name for item in bpy.data.objects if item.type == "CAMERA"] == ["walk Camera"]
    assert scene.camera.name == bpy.context.object.name + " Camera" == "walk Camera"
    assert extension.scene.recent.jobs()[:2] == [tmp_path / "walk.restage", tmp_path / "walk_2.restage"]


@pytest.mark.parametrize("moves", [False, True])
def test_everybody_stands_where_the_first_one_s_camera_sees_them(extension, make_job, moves: bool) -> None:
    """Each job has a world of its own, around its person: the second one's camera is two metres further to the left."""
    jobs = [make_job(), make_job(name="walk_2")]
    values = dict(np.load(jobs[1].body_path))
    values["camera_to_world"][0, 3] -= 2.0
    np.savez(jobs[1].body_path, **values)
    if moves:
        turns = {number: np.array(Matrix.Rotation(number / 5, 3, "Y")) for number in range(3)}
        for job in jobs:
            write_camera(job.world_turns_path, turns, np.array([[0, 0, 0], [0.1, 0, 0], [0.3, 0, 0.2]]))
    done = {"jobs": [str(job.folder) for job in jobs]}
    options = extension.scene.job_import.ImportOptions()
    people = extension.scene.people.import_people(done, bpy.context.scene, options)
    to_blender = extension.scene.axes.transform_to_blender
    poses = [Matrix(to_blender(job.camera().camera_to_world).tolist()) for job in jobs]
    scene = bpy.context.scene
    for frame in (1, 3):
        scene.frame_set(frame)
        for person, pose in zip(people, poses, strict=True):
            seen = scene.camera.matrix_world.inverted() @ person.sequence.matrix_world.translation
            assert tuple(seen) == pytest.approx(tuple(pose.inverted().translation), abs=1e-4)
    assert extension.scene.people.describe_people(people) == "walk: 3 of 3 frames; walk_2: 3 of 3 frames"


def test_a_run_of_all_people_can_be_cancelled(engine, extension) -> None:
    engine("slow")
    bpy.context.scene.restage.person = "all"
    worker = extension.scene.run.start(bpy.context.scene.restage)
    deadline = time.monotonic() + 30
    while not worker.progress.done and time.monotonic() < deadline:
        worker.drain()
        time.sleep(0.02)
    worker.cancel()
    with pytest.raises(extension.core.errors.Cancelled):
        worker.wait()
    extension.scene.session.stop()
    assert not _people()


@pytest.mark.parametrize(
    ("mode", "words"), [("refuse", "No person found in frames 0-2"), ("crash", "The engine stopped unexpectedly")]
)
def test_failures_become_reports(engine, extension, mode: str, words: str) -> None:
    engine(mode)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.restage.reconstruct()
    assert extension.scene.session.current.worker is None
    assert not bpy.data.objects


def test_every_refusal_says_why(engine, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Choose a clip first"):
        bpy.ops.restage.reconstruct()
    bpy.context.scene.restage.clip = str(tmp_path / "film.mp4")
    with pytest.raises(RuntimeError, match="The engine is not set up"):
        bpy.ops.restage.reconstruct()
    for operator in (bpy.ops.restage.render_turntable, bpy.ops.restage.open_folder):
        with pytest.raises(RuntimeError, match="Reconstruct a clip or import"):
            operator()
    with pytest.raises(RuntimeError, match="Nothing is running"):
        bpy.ops.restage.cancel()
    engine("work")
    with pytest.raises(RuntimeError, match="The engine is set up already"):
        bpy.ops.restage.setup_engine()
    bpy.context.scene.restage.clip = str(tmp_path / "gone.mp4")
    with pytest.raises(RuntimeError, match=r"There is no file .*gone\.mp4"):
        bpy.ops.restage.reconstruct()


def test_the_log_of_the_last_run_can_be_read(engine, extension, monkeypatch: pytest.MonkeyPatch) -> None:
    extension.scene.session.log_file().unlink(missing_ok=True)
    with pytest.raises(RuntimeError, match="Nothing has run yet"):
        bpy.ops.restage.show_log()
    engine("crash")
    with pytest.raises(RuntimeError, match="The engine stopped unexpectedly"):
        bpy.ops.restage.reconstruct()
    opened = []
    wm = SimpleNamespace(path_open=lambda filepath: opened.append(Path(filepath).read_text()))
    monkeypatch.setattr(extension.operators.show_log, "bpy", SimpleNamespace(ops=SimpleNamespace(wm=wm)))
    assert bpy.ops.restage.show_log() == {"FINISHED"}
    assert opened[0].endswith("Segmentation fault, says the last line\n")


def test_one_run_at_a_time_and_unregister_ends_it(engine, extension) -> None:
    folder = engine("slow")
    session = extension.scene.session
    worker = session.start(folder / "venv" / "bin" / "python", ["reconstruct", "a.mp4", "--output", "b"])
    deadline = time.monotonic() + 30
    while not worker.progress.done and time.monotonic() < deadline:
        worker.drain()
        time.sleep(0.02)
    with pytest.raises(RuntimeError, match="is running; cancel it first"):
        bpy.ops.restage.reconstruct()
    assert bpy.ops.restage.cancel() == {"FINISHED"}
    assert worker.cancelled
    bpy.ops.preferences.addon_disable(module=extension.__name__)
    assert worker._process.poll() == 130
    assert session.current.worker is None
    bpy.ops.preferences.addon_enable(module=extension.__name__)


def test_engine_folder_preference(extension, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESTAGE_ENGINE")
    from bl_ext.user_default.restage.scene import engine

    preferences = bpy.context.preferences.addons[extension.__name__].preferences
    preferences.engine_dir = str(tmp_path / "chosen")
    try:
        assert engine.engine_folder() == tmp_path / "chosen"
    finally:
        preferences.engine_dir = ""

"""The whole way through the operator, with a stand-in for the engine."""

import json
import sys
import time
from pathlib import Path

import bpy
import pytest

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

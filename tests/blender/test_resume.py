"""A past job goes on with its own clip and settings, whatever the panel holds."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest

from core.job import Job
from core.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in engine is a shell script")


@pytest.fixture
def begun(tmp_path: Path) -> Callable[..., Job]:
    """A job folder beside its clip, as a run with these settings leaves it when it is cut off."""

    def begin(settings: Settings, output: Path = tmp_path) -> Job:
        clip = tmp_path / "walk.mp4"
        clip.write_bytes(b"film")
        # The one that the stand-in engine copies.
        job = Job.open(shutil.copytree(tmp_path / "jobs" / "walk.restage", output / "walk.restage"))
        job.record.settings, job.record.source["path"] = settings, str(clip)
        job.record.stages = {"person": "done"}
        job.save()
        return job

    return begin


def _arguments(job: Job) -> dict[str, str]:
    """The options that the engine was started with; those without a value are empty."""
    words = json.loads((job.folder / "arguments.json").read_text())[8:]
    values = [*words[1:], "--"]
    return {
        word: "" if value.startswith("--") else value
        for word, value in zip(words, values, strict=True)
        if word.startswith("--")
    }


def test_a_new_file_goes_on_without_choosing_anything(engine, begun) -> None:
    engine("work")
    job = begun(
        Settings(
            method="body",
            preset="draft",
            frames="4:40:2",
            person="1",
            height=1.83,
            focal=1.23456,
            workers=3,
            moving_texture=True,
            steadiness=0.0,
            texture_size=1024,
            video=False,
            refine_masks=True,
        )
    )
    # A file in which nothing was chosen.
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
    settings = bpy.context.scene.restage
    assert not settings.clip and bpy.ops.restage.resume_job.poll()
    assert bpy.ops.restage.resume_job(folder=str(job.folder)) == {"FINISHED"}
    assert (settings.clip, settings.output, settings.job) == (
        str(job.folder.with_suffix(".mp4")),
        "",
        str(job.folder),
    )
    assert (settings.method, settings.preset, settings.person) == ("body", "draft", "1")
    assert settings.frames == "4:40:2" and settings.use_moving_texture
    arguments = _arguments(job)
    assert "--resume" in arguments and "--refine-masks" in arguments and "--moving-texture" in arguments
    expected = {"--frames": "4:40:2", "--focal": "1.23456", "--height": "1.83", "--person": "1"}
    expected |= {"--steadiness": "0", "--texture-size": "1024"}
    assert {name: arguments[name] for name in expected} == expected
    assert "--no-character" not in arguments and "--no-video" in arguments
    assert len(bpy.data.collections["walk Frames"].objects) == 3


def test_a_job_elsewhere_than_its_clip_stays_there(engine, begun, tmp_path: Path) -> None:
    engine("work")
    job = begun(Settings(character=False), tmp_path / "results")
    assert bpy.ops.restage.resume_job(folder=str(job.folder)) == {"FINISHED"}
    assert bpy.context.scene.restage.output == str(tmp_path / "results")
    assert "--no-character" in _arguments(job)


def test_a_clip_that_is_gone_and_a_folder_of_another_name_are_said(engine, begun, extension, tmp_path: Path) -> None:
    engine("work")
    job = begun(Settings(preset="draft"))
    (tmp_path / "walk.mp4").rename(tmp_path / "moved.mp4")
    with pytest.raises(RuntimeError, match="Choose it in the panel and press Resume there"):
        bpy.ops.restage.resume_job(folder=str(job.folder))
    # Its settings are there already.
    assert bpy.context.scene.restage.preset == "draft"
    (tmp_path / "moved.mp4").rename(tmp_path / "walk.mp4")
    folder = job.folder.rename(tmp_path / "walk_1.restage")
    with pytest.raises(RuntimeError, match="would work in walk.restage, not in walk_1.restage"):
        bpy.ops.restage.resume_job(folder=str(folder))
    assert extension.scene.session.current.worker is None


def test_past_jobs_offer_it_where_there_is_something_to_go_on_with(engine, begun, draw, extension) -> None:
    engine("work")
    job = begun(Settings())
    recent, session = extension.scene.recent, extension.scene.session
    recent.remember(job.folder)
    drawn = draw("RESTAGE_PT_jobs")
    assert drawn[2] == "Interrupted: 3 of 3 frames are done"
    assert drawn[3:] == ["restage.open_folder Open", "restage.resume_job Resume", "restage.import_job Import"]
    session.current.worker, session.current.folders = object(), [job.folder]
    try:
        assert not bpy.ops.restage.resume_job.poll()
        assert draw("RESTAGE_PT_jobs")[2:] == ["Running", "restage.open_folder Open", "restage.import_job Import"]
    finally:
        session.current.worker = None
    job.record.frames, job.record.stages = {}, {}
    job.save()
    assert draw("RESTAGE_PT_jobs")[2:] == [
        "Nothing is finished yet",
        "restage.open_folder Open",
        "restage.resume_job Reconstruct",
    ]
    assert bpy.ops.restage.resume_job(folder=str(job.folder)) == {"FINISHED"}
    assert draw("RESTAGE_PT_jobs")[2:] == ["3 of 3 frames", "restage.open_folder Open", "restage.import_job Import"]


def test_what_waits_for_the_engine_never_freezes_the_window(engine, begun, make_job, record, extension) -> None:
    engine("work")
    extension.scene.recent.remember(begun(Settings()).folder)
    extension.scene.recent.remember(make_job(name="done").folder)
    contexts = record("RESTAGE_PT_jobs").memory.contexts
    # Below the first job's Import, which asks for no file and therefore is another kind of call.
    assert contexts.index("restage.import_job EXEC_DEFAULT") < contexts.index("restage.resume_job INVOKE_DEFAULT")


def test_below_an_error_that_nobody_was_found_nothing_is_resumed(engine, begun, draw, extension) -> None:
    engine("work")
    job = begun(Settings())
    job.record.frames, job.record.stages = {}, {}
    job.save()
    bpy.context.scene.restage.clip = str(job.folder.with_suffix(".mp4"))
    drawn = draw("RESTAGE_PT_main")
    assert "restage.reconstruct Reconstruct" in drawn and "Interrupted" not in " ".join(drawn)

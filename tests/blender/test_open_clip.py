"""A video that is chosen or dropped becomes the clip; one frame of it can be tried out."""

import json
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

needs_engine = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in engine is a shell script")


def test_a_dropped_video_is_ours_to_open(tmp_path: Path) -> None:
    handler = bpy.types.RESTAGE_FH_video
    assert handler.bl_import_operator == "restage.open_clip"
    assert {".mp4", ".mov", ".mkv", ".webm"} <= set(handler.bl_file_extensions.split(";"))
    # What Blender gives an operator when a file is dropped: its path, and nothing else that this one has.
    names = set(bpy.ops.restage.open_clip.get_rna_type().properties.keys())
    assert "filepath" in names and not {"directory", "files"} & names
    clip = tmp_path / "walk.mp4"
    assert bpy.ops.restage.open_clip(filepath=str(clip)) == {"FINISHED"}
    assert bpy.context.scene.restage.clip == str(clip)


def test_a_drop_asks_before_it_starts(extension) -> None:
    """Called as the window does, for without one Blender leaves the question out."""
    asked = []
    manager = SimpleNamespace(invoke_props_dialog=lambda operator, **words: asked.append(words) or {"RUNNING_MODAL"})
    operator = SimpleNamespace(filepath="/clips/walk.mp4", bl_label="Reconstruct Person from Video")
    invoke = extension.operators.open_clip.RESTAGE_OT_open_clip.invoke
    assert invoke(operator, SimpleNamespace(window_manager=manager), None) == {"RUNNING_MODAL"}
    assert asked == [{"title": "walk.mp4", "confirm_text": "Reconstruct Person from Video"}]


def test_drops_are_taken_in_the_viewport_alone() -> None:
    poll = bpy.types.RESTAGE_FH_video.poll_drop
    viewport = SimpleNamespace(type="VIEW_3D", ui_type="VIEW_3D")
    window = SimpleNamespace(type="WINDOW")
    assert poll(SimpleNamespace(area=viewport, region=window, mode="OBJECT", object=None))
    assert not poll(SimpleNamespace(area=SimpleNamespace(type="TEXT_EDITOR"), region=window, mode="OBJECT"))
    assert not poll(SimpleNamespace(area=None, region=None, mode="OBJECT"))


def test_a_drop_while_a_run_works_changes_nothing_and_says_so(extension, monkeypatch, tmp_path: Path) -> None:
    settings, session = bpy.context.scene.restage, extension.scene.session
    monkeypatch.setattr(extension.scene.engine, "is_ready", lambda groups=("worker",): True)
    settings.clip = str(tmp_path / "walk.mp4")
    session.current.worker = SimpleNamespace(stop=lambda: None)
    with pytest.raises(RuntimeError, match="cancel it first"):
        bpy.ops.restage.open_clip(filepath=str(tmp_path / "talk.mp4"))
    assert settings.clip == str(tmp_path / "walk.mp4")


@pytest.mark.parametrize("refusal", ["", "Read the licences of PaMIR first"])
def test_a_drop_that_cannot_start_says_why(extension, monkeypatch, refusal: str) -> None:
    told, module = [], extension.operators.open_clip
    monkeypatch.setattr(module.run, "refusal", lambda settings: refusal)
    started = SimpleNamespace(reconstruct=told.append)
    app, settings = SimpleNamespace(background=False), SimpleNamespace(clip="")
    monkeypatch.setattr(module, "bpy", SimpleNamespace(app=app, ops=SimpleNamespace(restage=started)))
    operator = SimpleNamespace(filepath="/clips/walk.mp4", start=True, report=lambda kind, words: told.append(words))
    context = SimpleNamespace(scene=SimpleNamespace(restage=settings))
    assert module.RESTAGE_OT_open_clip.execute(operator, context) == {"FINISHED"}
    assert settings.clip == "/clips/walk.mp4" and told == [refusal or "INVOKE_DEFAULT"]


@needs_engine
def test_a_preview_is_one_draft_frame_and_no_result(engine, tmp_path: Path) -> None:
    engine("work")
    settings = bpy.context.scene.restage
    settings.preset, settings.preview_frame, settings.person, settings.height = "high", 42, "2", 1.8
    assert bpy.ops.restage.preview_frame() == {"FINISHED"}
    folder = Path(bpy.app.tempdir) / "restage_preview" / "42" / "walk_2.restage"
    arguments = json.loads((folder / "arguments.json").read_text())
    chosen = dict(pairwise(arguments))
    assert (chosen["--frames"], chosen["--preset"]) == ("42:43:1", "draft")
    assert "--no-character" in arguments
    assert (chosen["--person"], chosen["--height"]) == ("2", "1.8")
    assert bpy.data.collections["walk_2"].objects
    assert settings.job == "" and not (tmp_path / "walk.restage").exists()


@needs_engine
def test_a_preview_of_all_people_shows_one(engine) -> None:
    engine("work")
    bpy.context.scene.restage.person = "all"
    assert bpy.ops.restage.preview_frame() == {"FINISHED"}
    assert [item.name for item in bpy.data.objects if item.restage.mode] == ["walk"]


@needs_engine
def test_a_preview_gives_way_to_the_next_one_and_to_the_result(engine) -> None:
    engine("work")
    settings = bpy.context.scene.restage
    for number in (0, 2):
        settings.preview_frame = number
        assert bpy.ops.restage.preview_frame() == {"FINISHED"}
        assert [item.restage.job.split("/")[-2] for item in bpy.data.objects if item.restage.mode] == [str(number)]
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    people = [item for item in bpy.data.objects if item.restage.mode]
    assert [item.name for item in people] == ["walk"] and "restage_preview" not in people[0].restage.job
    assert [collection.name for collection in bpy.context.scene.collection.children] == ["walk"]


@needs_engine
def test_a_preview_is_selected_and_narrows_no_timeline(engine, make_job, monkeypatch) -> None:
    engine("work")
    scene, cube = bpy.context.scene, bpy.data.objects.new("Cube", None)
    scene.collection.objects.link(cube)
    cube.select_set(True)
    scene.frame_start, scene.frame_end = 1, 250
    monkeypatch.setenv("RESTAGE_TEST_JOB", str(make_job({41: "ok"}, name="jump").folder))
    bpy.ops.restage.preview_frame()
    person = bpy.context.view_layer.objects.active
    assert person.restage.mode == "packed" and bpy.context.selected_objects == [person]
    assert (scene.frame_start, scene.frame_current, scene.frame_end) == (1, 42, 250)
    scene.restage.preview_frame = 299
    monkeypatch.setenv("RESTAGE_TEST_JOB", str(make_job({299: "ok"}, name="run").folder))
    bpy.ops.restage.preview_frame()
    assert (scene.frame_start, scene.frame_current, scene.frame_end) == (1, 300, 300)
    bpy.ops.restage.reconstruct()
    assert (scene.frame_start, scene.frame_end) == (300, 300)


@needs_engine
def test_a_preview_in_a_saved_file_outlives_blender_s_temporary_folder(engine, extension, tmp_path: Path) -> None:
    engine("work")
    bpy.ops.restage.preview_frame()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    shutil.rmtree(extension.scene.preview.preview_folder(0))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    person = bpy.data.objects["walk"]
    shown = person.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert len(shown.data.vertices) == 4
    pictures = [image for image in bpy.data.images if image.source == "FILE"]
    assert len(pictures) == 4 and all(image.packed_file and len(image.pixels) for image in pictures)
    assert bpy.context.scene.camera.data.background_images[0].image in pictures
    # The result still takes its place.
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    assert [collection.name for collection in bpy.context.scene.collection.children] == ["walk"]

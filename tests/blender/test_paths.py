"""Paths of a scene's settings go with the .blend, as the job's do."""

from pathlib import Path

import bpy
import pytest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a clip and its masks."""
    folder = tmp_path / "project"
    (folder / "masks").mkdir(parents=True)
    (folder / "walk.mp4").write_bytes(b"film")
    return folder


def _choose(project: Path) -> bpy.types.PropertyGroup:
    settings = bpy.context.scene.restage
    settings.clip = str(project / "walk.mp4")
    settings.output, settings.masks = str(project), str(project / "masks")
    settings.person, settings.rate = "2", 25.0
    return settings


def test_what_was_chosen_before_the_first_save_moves_with_the_project(project: Path, tmp_path: Path) -> None:
    settings = _choose(project)
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "walk.blend"))
    assert (settings.clip, settings.masks) == ("//walk.mp4", "//masks")
    moved = project.rename(tmp_path / "moved")
    bpy.ops.wm.open_mainfile(filepath=str(moved / "walk.blend"))
    settings = bpy.context.scene.restage
    assert Path(bpy.path.abspath(settings.clip)) == moved / "walk.mp4"
    assert Path(bpy.path.abspath(settings.output)).resolve() == moved


def test_saved_elsewhere_the_clip_and_all_that_belongs_to_it_are_still_there(
    project: Path, tmp_path: Path, extension
) -> None:
    settings, scene = _choose(project), extension.scene
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "walk.blend"))
    answer = scene.probe.Answer(values={"width": 640})
    scene.probe._answers[scene.probe._key(project / "walk.mp4", 25.0)] = answer
    scene.session.finish("Stopped.")
    (tmp_path / "deep").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "deep" / "other.blend"))
    assert scene.run.clip_path(settings) == project / "walk.mp4"
    assert scene.run.output_folder(settings) == project
    assert scene.run.values_of(settings)["masks"] == str(project / "masks")
    assert (settings.person, settings.rate) == ("2", 25.0)
    assert scene.probe.answer(scene.run.clip_path(settings), settings.rate) is answer
    assert scene.session.current.message == "Stopped."


def test_choosing_another_clip_still_forgets_who_was_chosen(project: Path) -> None:
    settings = _choose(project)
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "walk.blend"))
    settings.clip = str(project / "other.mp4")
    assert (settings.person, settings.masks, settings.rate) == ("", "", 0.0)

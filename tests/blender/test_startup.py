"""The startup file's cube is out of the person's way, and nobody's own cube is touched."""

from collections.abc import Callable

import bpy
import pytest


@pytest.fixture
def cube() -> bpy.types.Object:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=False, app_template="")
    return bpy.data.objects["Cube"]


def _hide(extension) -> bool:
    return extension.scene.startup.hide_startup_cube(bpy.context.scene)


def test_the_cube_of_a_new_file_is_hidden(extension, cube: bpy.types.Object) -> None:
    assert _hide(extension)
    assert cube.hide_get() and cube.hide_render
    assert not bpy.data.objects["Light"].hide_get() and not bpy.data.objects["Camera"].hide_get()


@pytest.mark.parametrize(
    "change",
    [
        lambda item: setattr(item.data.vertices[0].co, "x", 2.0),
        lambda item: item.modifiers.new("Bevel", "BEVEL"),
        lambda item: item.keyframe_insert("location", frame=1),
        lambda item: setattr(item, "name", "Pedestal"),
        lambda item: setattr(bpy.data.objects["Light"], "parent", item),
    ],
)
def test_a_cube_that_somebody_works_with_stays(
    extension, cube: bpy.types.Object, change: Callable[[bpy.types.Object], object]
) -> None:
    change(cube)
    assert not _hide(extension)
    assert not cube.hide_get() and not cube.hide_render


def test_in_a_file_with_a_name_everything_stays(extension, cube: bpy.types.Object, tmp_path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    assert not _hide(extension)


def test_a_cube_that_was_moved_stays(extension, cube: bpy.types.Object) -> None:
    cube.location.x = 3.0
    bpy.context.view_layer.update()
    assert not _hide(extension)


def test_a_scene_without_a_cube_is_left_alone(extension) -> None:
    assert not _hide(extension)

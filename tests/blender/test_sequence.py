"""A sequence as one object: the right mesh at every frame, retimed, and carried over from one mode to another."""

import os
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from core.ply import write_ply
from tests.blender.walk import COLOURS, walk_vertices

ONE_OBJECT = pytest.mark.parametrize("mode", ["packed", "streamed"])


def _import(job, mode: str, **options) -> bpy.types.Object:
    assert bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode, **options) == {"FINISHED"}
    return next(item for item in bpy.data.collections[job.record.name].objects if item.restage.mode)


def _evaluated(item: bpy.types.Object) -> bpy.types.Object:
    return item.evaluated_get(bpy.context.evaluated_depsgraph_get())


def _shown(item: bpy.types.Object, frame: float) -> int | None:
    """The clip's frame whose mesh shows, told by where the tetrahedron's top is; None for nothing."""
    bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
    mesh = _evaluated(item).data
    if not len(mesh.polygons):
        return None
    tops = [vertex.co for vertex in mesh.vertices if vertex.co.z > 1]
    assert len(mesh.polygons) == 4 and all(top.z == pytest.approx(1.7) for top in tops)
    return round((tops[0].x - 0.05) / 0.1)


def _set(item: bpy.types.Object, **controls) -> None:
    from bl_ext.user_default.restage.scene.playback import set_controls

    set_controls(item, **controls)


@ONE_OBJECT
def test_every_frame_shows_its_own_mesh(make_job, mode: str) -> None:
    item = _import(make_job(), mode)
    assert [_shown(item, frame) for frame in (0, 1, 2, 3, 4)] == [0, 0, 1, 2, 2]
    _set(item, hide_outside=True)
    assert [_shown(item, frame) for frame in (0, 1, 3, 4)] == [None, 0, 2, None]


@ONE_OBJECT
def test_mesh_arrives_as_in_the_file(make_job, mode: str) -> None:
    item = _import(make_job(), mode, use_pictures=False)
    bpy.context.scene.frame_set(2)
    mesh = _evaluated(item).data
    places = np.array([vertex.co for vertex in mesh.vertices])
    expected = walk_vertices(1)
    np.testing.assert_allclose(places, np.stack([expected[:, 0], -expected[:, 2], expected[:, 1]], axis=1), atol=1e-6)
    shades = np.array([value.color_srgb for value in mesh.attributes["Col"].data])
    np.testing.assert_allclose(shades[:, :3] * 255, COLOURS, atol=0.6)
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    assert mesh.materials[mesh.polygons[0].material_index].name == "Restage Colours"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux to tell what memory a process takes")
def test_a_long_clip_streams_in_constant_memory(make_job) -> None:
    """Blender forgets the files that it has read beyond its limit; benchmarks/streaming.py plays a thousand frames."""
    side, count = 120, 60
    job = make_job(dict.fromkeys(range(count), "ok"))
    rows, columns = np.divmod(np.arange(side * side, dtype=np.int32), side)
    corner = np.flatnonzero((rows < side - 1) & (columns < side - 1))
    faces = np.concatenate([np.stack([corner, corner + side, corner + 1 + side * way], axis=1) for way in (0, 1)])
    for number in range(count):
        places = np.stack([columns, rows, np.full(side * side, number)], axis=1) / side
        write_ply(job.mesh_path(number), places, faces, np.zeros((side * side, 3), np.uint8))
    system = bpy.context.preferences.system
    limit, system.memory_cache_limit = system.memory_cache_limit, 8
    try:
        item = _import(job, "streamed")
        taken = []
        for number in range(count):
            bpy.context.scene.frame_set(number + 1)
            assert len(_evaluated(item).data.vertices) == side * side
            taken.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    finally:
        system.memory_cache_limit = limit
    # 14,400 vertices and 28,322 triangles take at least 1.5 MB, so half of the frames would take 45 MB.
    assert taken[-1] - taken[count // 2] < 15e6


@ONE_OBJECT
@pytest.mark.parametrize(("gaps", "at_gap"), [("hold", 0), ("hide", None)])
def test_missing_frames_are_held_or_hidden(make_job, mode: str, gaps: str, at_gap: int | None) -> None:
    job = make_job({0: "ok", 1: "no_person", 2: "failed", 3: "held", 5: "ok", 6: "no_person"})
    item = _import(job, mode, gaps=gaps)
    last = 5 if gaps == "hold" else None
    assert [_shown(item, frame) for frame in (1, 2, 3, 4, 5, 6, 7)] == [0, at_gap, at_gap, 3, 3, 5, last]


@ONE_OBJECT
def test_time_can_be_bent(make_job, mode: str) -> None:
    item = _import(make_job(dict.fromkeys(range(10, 16), "ok")), mode)
    _set(item, speed=0.5)
    assert [_shown(item, frame) for frame in (11, 12, 13, 14, 15)] == [10, 10, 11, 11, 12]
    _set(item, speed=1.0, offset=2.0)
    assert [_shown(item, frame) for frame in (11, 13, 14)] == [10, 10, 11]
    _set(item, offset=0.0, loop=True)
    assert [_shown(item, frame) for frame in (10, 11, 16, 17, 23)] == [15, 10, 15, 10, 10]
    _set(item, speed=-1.0)
    assert [_shown(item, frame) for frame in (11, 12, 16)] == [10, 15, 11]


def test_time_can_be_keyed(make_job) -> None:
    from bl_ext.user_default.restage.scene import compat
    from bl_ext.user_default.restage.scene.playback import modifier_of

    item = _import(make_job(dict.fromkeys(range(6), "ok")), "packed")
    _set(item, retime=True)
    owner, path = compat.modifier_input_path(modifier_of(item), "Clip Frame")
    for frame, number in ((1, 0.0), (6, 5.0), (11, 0.0)):
        _set(item, clip_frame=number)
        owner.keyframe_insert(path, frame=frame)
    assert [_shown(item, frame) for frame in (1, 6, 11)] == [0, 5, 0]
    rising = [_shown(item, frame) for frame in range(1, 7)]
    assert rising == sorted(rising)
    # A hold is two equal keys.
    _set(item, clip_frame=5.0)
    owner.keyframe_insert(path, frame=9)
    assert [_shown(item, frame) for frame in (6, 7, 9)] == [5, 5, 5]


@pytest.mark.parametrize("before", ["packed", "streamed", "objects"])
@pytest.mark.parametrize("after", ["packed", "streamed", "objects"])
def test_conversion_keeps_the_motion_and_the_place(make_job, before: str, after: str) -> None:
    if before == after:
        pytest.skip("nothing to convert")
    item = _import(make_job({0: "ok", 1: "no_person", 2: "ok"}), before, gaps="hide")
    item.location, item.name = (1.0, 0.0, 0.0), "Ada"
    friend = bpy.data.objects.new("friend", None)
    friend.parent = item
    bpy.context.scene.collection.objects.link(friend)
    bpy.context.view_layer.objects.active = item
    blocks = len(bpy.data.objects), len(bpy.data.meshes)
    assert bpy.ops.restage.convert_sequence(mode=after) == {"FINISHED"}
    new = bpy.context.object
    assert (new.name, new.restage.mode, new.location.x) == ("Ada", after, 1.0)
    assert friend.parent == new
    for frame, number in ((1, 0), (2, None), (3, 2)):
        if after == "objects":
            bpy.context.scene.frame_set(frame)
            shown = [child.restage.frame for child in new.children if child != friend and not child.hide_render]
            assert shown == ([] if number is None else [number])
        else:
            assert _shown(new, frame) == number
    assert bpy.ops.restage.convert_sequence(mode=before) == {"FINISHED"}
    assert (len(bpy.data.objects), len(bpy.data.meshes)) == blocks, "something was left behind"


def test_a_click_on_a_mesh_of_one_frame_means_the_person(make_job, draw, tmp_path: Path) -> None:
    item = _import(make_job(), "objects")
    shown = next(child for child in item.children if child.restage.frame == 0)
    bpy.context.view_layer.objects.active = shown
    context = SimpleNamespace(object=shown)
    assert all(getattr(bpy.types, f"RESTAGE_PT_{name}").poll(context) for name in ("sequence", "export"))
    assert "restage.convert_sequence" in draw("RESTAGE_PT_sequence")
    assert bpy.ops.restage.export(filepath=str(tmp_path / "walk"), format="PLY") == {"FINISHED"}
    assert len(list((tmp_path / "walk").iterdir())) == 3
    assert bpy.ops.restage.convert_sequence(mode="packed") == {"FINISHED"}
    assert (bpy.context.object.name, bpy.context.object.restage.mode) == ("walk", "packed")
    camera = bpy.context.scene.camera
    assert not bpy.types.RESTAGE_PT_sequence.poll(SimpleNamespace(object=camera))


def test_edited_meshes_survive_conversion(make_job) -> None:
    item = _import(make_job(), "objects")
    child = next(child for child in item.children if child.restage.frame == 1)
    child.data.vertices[0].co.z = -3.0
    bpy.context.view_layer.objects.active = item
    bpy.ops.restage.convert_sequence(mode="packed")
    bpy.context.scene.frame_set(2)
    assert min(vertex.co.z for vertex in _evaluated(bpy.context.object).data.vertices) == -3.0


def test_retiming_survives_conversion(make_job) -> None:
    item = _import(make_job(), "packed")
    _set(item, offset=1.0)
    bpy.context.view_layer.objects.active = item
    bpy.ops.restage.convert_sequence(mode="streamed")
    assert [_shown(bpy.context.object, frame) for frame in (1, 2, 3)] == [0, 0, 1]


def test_a_failed_conversion_changes_nothing(make_job) -> None:
    job = make_job()
    item = _import(job, "streamed")
    job.mesh_path(1).write_bytes(b"ply\n")
    bpy.context.view_layer.objects.active = item
    before = sorted(block.name for block in (*bpy.data.objects, *bpy.data.meshes, *bpy.data.collections))
    with pytest.raises(RuntimeError, match="000001.ply cannot be read"):
        bpy.ops.restage.convert_sequence(mode="packed")
    assert before == sorted(block.name for block in (*bpy.data.objects, *bpy.data.meshes, *bpy.data.collections))
    assert _shown(item, 1) == 0


def test_a_moved_project_still_plays(make_job, tmp_path: Path) -> None:
    job = make_job()
    item = _import(job, "streamed")
    blend = tmp_path / "jobs" / "walk.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    assert item.restage.job == "//walk.restage"
    (tmp_path / "jobs").rename(tmp_path / "elsewhere")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "elsewhere" / "walk.blend"))
    assert _shown(bpy.data.objects["walk"], 2) == 1


def test_saving_elsewhere_keeps_the_paths(make_job, tmp_path: Path) -> None:
    item = _import(make_job(), "streamed")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "first.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "deep" / "er" / "copy.blend"), copy=True)
    assert item.restage.job == "//jobs/walk.restage", "the open file is still first.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "deep" / "second.blend"))
    assert (item.restage.job, bpy.context.scene.restage.job) == ("//../jobs/walk.restage",) * 2
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "deep" / "er" / "copy.blend"))
    assert _shown(bpy.data.objects["walk"], 3) == 2


def test_files_of_the_first_version_are_brought_up_to_date(make_job, tmp_path: Path) -> None:
    job = make_job()
    item = _import(job, "objects")
    # What version 0.1 stored.
    collection = bpy.data.collections["walk"]
    collection["restage_job"] = str(job.folder)
    for child in item.children:
        child["restage_frame"] = child.restage.frame
    for owner in (item, *item.children):
        owner.property_unset("restage")
        assert not owner.restage.schema
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "old.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "old.blend"))
    item = bpy.data.objects["walk"]
    assert (item.restage.mode, Path(item.restage.job)) == ("objects", job.folder)
    assert sorted(child.restage.frame for child in item.children) == [0, 1, 2]
    bpy.context.view_layer.objects.active = item
    assert bpy.ops.restage.convert_sequence(mode="packed") == {"FINISHED"}
    assert _shown(bpy.context.object, 2) == 1


def test_switching_the_extension_on_brings_the_open_file_up_to_date(make_job, extension) -> None:
    job = make_job()
    item = _import(job, "objects")
    bpy.data.collections["walk"]["restage_job"] = str(job.folder)
    item.property_unset("restage")
    bpy.ops.preferences.addon_disable(module=extension.__name__)
    bpy.ops.preferences.addon_enable(module=extension.__name__)
    # Blender calls it in its next round, which it has none of here.
    migrate = extension.scene.record.migrate
    assert bpy.app.timers.is_registered(migrate) and not item.restage.schema
    assert migrate() is None, "a timer that is done"
    assert (item.restage.mode, Path(item.restage.job)) == ("objects", job.folder)
    bpy.ops.preferences.addon_disable(module=extension.__name__)
    assert not bpy.app.timers.is_registered(migrate)
    bpy.ops.preferences.addon_enable(module=extension.__name__)


def test_the_material_keeps_its_name_in_every_conversion(make_job) -> None:
    bpy.context.view_layer.objects.active = _import(make_job(), "packed", use_pictures=False)
    for mode in ("objects", "packed", "streamed", "objects"):
        assert bpy.ops.restage.convert_sequence(mode=mode) == {"FINISHED"}
        assert [material.name for material in bpy.data.materials] == ["Restage Colours"]


def test_one_undo_takes_an_import_back(make_job) -> None:
    job = make_job()
    bpy.ops.ed.undo_push(message="before")
    for mode in ("packed", "objects"):
        count = len(bpy.data.objects)
        assert bpy.ops.restage.import_job("EXEC_DEFAULT", True, filepath=str(job.folder / "job.json"), mode=mode)
        assert len(bpy.data.objects) != count
        bpy.ops.ed.undo()
        assert len(bpy.data.objects) == count
        assert bpy.context.scene.restage.job == ""


def test_ground_lies_under_the_path(make_job) -> None:
    job = make_job()
    with np.load(job.body_path) as body:
        values = dict(body)
    np.savez(job.body_path, **values, translation=np.array([[0, 0.9, 0], [3, 0.9, -1]], np.float32))
    _import(job, "packed", use_ground=True)
    ground = bpy.data.objects["walk Ground"]
    corners = np.array([vertex.co for vertex in ground.data.vertices])
    assert ground.is_shadow_catcher and (corners[:, 2] == 0).all()
    assert corners[:, 0].min() < 0 and corners[:, 0].max() > 3 and corners[:, 1].max() > 1

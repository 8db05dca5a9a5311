"""The person's place and its keys stay in every conversion and when it is imported again; motion is never lost."""

from itertools import permutations

import bpy
import numpy as np
import pytest

from tests.blender.arm import add_arm, move_camera

MODES = ("packed", "streamed", "objects", "character_shape_keys", "character_cache", "character_armature")


def _import(job, mode: str, **options) -> bpy.types.Object:
    assert bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode, **options) == {"FINISHED"}
    return next(item for item in bpy.data.collections[job.record.name].objects if item.restage.mode)


def _convert(item: bpy.types.Object, mode: str) -> bpy.types.Object:
    bpy.context.view_layer.objects.active = item
    assert bpy.ops.restage.convert_sequence(mode=mode) == {"FINISHED"}
    return bpy.context.object


def _key_place(item: bpy.types.Object) -> None:
    for frame, x in ((1, 0.0), (3, 4.0)):
        item.location.x = x
        item.keyframe_insert("location", frame=frame)


def _paths(item: bpy.types.Object) -> set[str]:
    from bl_ext.user_default.restage.scene import compat

    return {curve.data_path for curve in compat.fcurves_of(item)}


def _highest(item: bpy.types.Object, frame: int) -> np.ndarray:
    """The highest vertex that shows, against its object: it moves in every mode at every frame."""
    bpy.context.scene.frame_set(frame)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    shown = [part for part in (item, *item.children) if part.type == "MESH" and not part.hide_render]
    mesh = shown[0].evaluated_get(depsgraph).data
    return np.array(max((vertex.co for vertex in mesh.vertices), key=lambda place: place.z))


@pytest.mark.parametrize(("before", "after"), [*permutations(MODES, 2)])
def test_keys_of_the_place_stay_and_the_person_moves(make_job, before: str, after: str) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    item = _import(job, before)
    _key_place(item)
    item = _convert(item, after)
    assert np.abs(_highest(item, 1) - _highest(item, 3)).max() > 0.05, "the person stands still"
    for frame, x in ((1, 0.0), (2, 2.0), (3, 4.0)):
        bpy.context.scene.frame_set(frame)
        assert item.location.x == pytest.approx(x, abs=1e-4)
    bones = {path for path in _paths(item) if path.startswith("pose.")}
    assert bool(bones) == (after == "character_armature")


def test_curves_arrive_as_they_were(make_job) -> None:
    from bl_ext.user_default.restage.scene import compat

    job = make_job()
    add_arm(job, [0, 1, 2])
    item = _import(job, "packed")
    _key_place(item)
    curve = next(curve for curve in compat.fcurves_of(item) if curve.data_path == "location")
    curve.keyframe_points[0].interpolation, curve.keyframe_points[0].easing = "ELASTIC", "EASE_IN"
    curve.keyframe_points[0].amplitude = 0.25
    curve.keyframe_points[1].handle_left_type = "FREE"
    curve.keyframe_points[1].handle_left = (2.5, 7.0)
    curve.extrapolation = "LINEAR"
    curve.modifiers.new("NOISE").strength = 0.3
    expected = [curve.evaluate(time) for time in np.linspace(-3, 8, 45)]
    item = _convert(item, "character_armature")
    curve = next(curve for curve in compat.fcurves_of(item) if curve.data_path == "location")
    assert [curve.evaluate(time) for time in np.linspace(-3, 8, 45)] == pytest.approx(expected, abs=1e-5)


def test_an_action_that_others_use_stays_theirs(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    item = _import(job, "packed")
    _key_place(item)
    action = item.animation_data.action
    friend = bpy.data.objects.new("friend", None)
    friend.animation_data_create().action = action
    friend.keyframe_insert("scale", frame=1)
    slots = len(action.slots)
    item = _convert(item, "streamed")
    assert item.animation_data.action == action and "location" in _paths(item)
    item = _convert(item, "character_armature")
    assert item.animation_data.action != action and "location" in _paths(item)
    assert len(action.slots) == slots and "scale" in _paths(friend)


def test_keys_that_hid_a_character_hide_nobody_else(make_job) -> None:
    job = make_job({0: "ok", 1: "no_person", 2: "ok"})
    add_arm(job, [0, 2])
    item = _convert(_import(job, "character_shape_keys", gaps="hide"), "packed")
    assert not _paths(item) and not item.hide_render


@pytest.mark.parametrize("after", MODES)
@pytest.mark.parametrize("before", ["packed", "character_shape_keys", "character_armature"])
def test_importing_again_keeps_what_was_done_with_the_person(make_job, before: str, after: str) -> None:
    from bl_ext.user_default.restage.scene.playback import control_value, set_controls

    job = make_job()
    add_arm(job, [0, 1, 2])
    item = _import(job, before)
    item.name = "Ada"
    _key_place(item)
    item.rotation_euler.z = 10.0
    parent, child = (bpy.data.objects.new(name, None) for name in ("parent", "child"))
    for other in (parent, child):
        bpy.context.scene.collection.objects.link(other)
    item.parent, child.parent = parent, item
    parent.location.y = 7.0
    if before == "character_armature":
        bpy.ops.restage.retime()
    set_controls(item, speed=0.5, hide_missing=True)
    objects = len(bpy.data.objects)
    again = _import(job, after)
    assert (again.name, again.restage.mode, again.parent, child.parent) == ("Ada", after, parent, again)
    if before == after:
        assert len(bpy.data.objects) == objects
    for frame, x in ((1, 0.0), (3, 4.0)):
        bpy.context.scene.frame_set(frame)
        assert tuple(again.matrix_world.translation) == pytest.approx((x, 7.0, 0.0), abs=1e-4)
    assert again.rotation_euler.z == 10.0
    assert (control_value(again, "Speed"), control_value(again, "Hide Missing")) == (0.5, True)
    assert np.abs(_highest(again, 1) - _highest(again, 5)).max() > 0.05
    # Another wish than the last import's counts.
    again = _import(job, after, gaps="hide")
    assert control_value(again, "Hide Missing")
    again = _import(job, after, gaps="hold")
    assert not control_value(again, "Hide Missing")


def test_a_person_whose_camera_moved_goes_with_the_new_one_when_imported_again(make_job) -> None:
    job = make_job()
    move_camera(job)
    item = _import(job, "packed")
    item.location.x = 3.0
    again = _import(job, "packed")
    assert again.location.x == 3.0 and again.parent == bpy.data.objects["walk Turn"]
    assert len([item for item in bpy.data.objects if item.name.startswith("walk Turn")]) == 1


def test_a_failed_import_leaves_the_person_alone(make_job) -> None:
    job = make_job()
    item = _import(job, "packed")
    item.name, item.location.x = "Ada", 3.0
    job.mesh_path(1).write_bytes(b"ply\n")
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode="objects")
    assert bpy.data.objects["Ada"] == item and item.location.x == 3.0


def test_one_undo_takes_importing_again_back(make_job) -> None:
    job = make_job()
    item = _import(job, "packed")
    item.name, item.location.x = "Ada", 3.0
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.restage.import_job("EXEC_DEFAULT", True, filepath=str(job.folder / "job.json"), mode="objects")
    assert bpy.data.objects["Ada"].restage.mode == "objects"
    bpy.ops.ed.undo()
    item = bpy.data.objects["Ada"]
    assert (item.restage.mode, item.location.x) == ("packed", 3.0)

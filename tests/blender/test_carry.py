"""Keys of the person's place stay in every conversion, and the motion is never lost."""

from itertools import permutations

import bpy
import numpy as np
import pytest

from tests.blender.arm import add_arm

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

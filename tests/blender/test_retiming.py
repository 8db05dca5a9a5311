"""Every mode obeys the same inputs, without a handler and without scripts that must be allowed."""

import time
from itertools import permutations
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.arm import add_arm

SEQUENCES = ("packed", "streamed", "objects")
CHARACTERS = ("character_shape_keys", "character_cache", "character_armature")
MODES = SEQUENCES + CHARACTERS
EVERY_MODE = pytest.mark.parametrize("mode", MODES)
# The clip's frames 10 to 15 are the timeline's 11 to 16.
FRAMES = list(range(10, 16))
FIRST, LAST = 11, 16


@pytest.fixture
def job(make_job):
    job = make_job(dict.fromkeys(FRAMES, "ok"))
    add_arm(job, FRAMES)
    return job


def _import(job, mode: str, **options) -> bpy.types.Object:
    """A person who has the inputs."""
    assert bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode, **options) == {"FINISHED"}
    item = _person(job.record.name)
    if mode == "character_armature":
        bpy.context.view_layer.objects.active = item
        assert bpy.ops.restage.retime() == {"FINISHED"}
    return item


def _person(collection: str) -> bpy.types.Object:
    return next(item for item in bpy.data.collections[collection].objects if item.restage.mode)


def _set(item: bpy.types.Object, **controls) -> None:
    from bl_ext.user_default.restage.scene.playback import set_controls

    set_controls(item, **controls)


def _key(item: bpy.types.Object, name: str, frame: int, value: float) -> None:
    from bl_ext.user_default.restage.scene import playback

    playback.set_control(item, name, value)
    owner, path = playback.control(item, name)
    owner.keyframe_insert(path, frame=frame)


def _shape(item: bpy.types.Object, frame: float) -> np.ndarray | None:
    """What shows of a person, (V, 3); None for nothing."""
    bpy.context.scene.frame_set(int(np.floor(frame)), subframe=frame % 1)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    parts = [part for part in (item, *item.children) if part.type == "MESH" and part.restage.schema]
    assert all(part.hide_viewport == part.hide_render for part in parts)
    shown = [part.evaluated_get(depsgraph).data for part in parts if not part.hide_render]
    shown = [mesh for mesh in shown if len(mesh.polygons)]
    assert len(shown) <= 1
    # What Blender draws is what the flags say.
    drawn = {entry.object.original for entry in depsgraph.object_instances} & set(parts)
    assert len(drawn) == len([part for part in parts if not part.hide_render])
    return np.array([vertex.co for vertex in shown[0].vertices]) if shown else None


def _played(item: bpy.types.Object, clip: dict[float, np.ndarray], frames) -> list[float | None]:
    """Which of the shapes in `clip` shows at every frame; None for nothing."""
    result: list[float | None] = []
    for frame in frames:
        shape = _shape(item, frame)
        if shape is None:
            result.append(None)
            continue
        errors = {time: np.abs(shape - other).max() for time, other in clip.items()}
        nearest = min(errors, key=errors.get)
        assert errors[nearest] < 2e-4, f"at {frame} shows what the clip has nowhere"
        result.append(nearest)
    return result


def _clip(item: bpy.types.Object) -> dict[float, np.ndarray]:
    """The person's shape at whole and half frames of the timeline, as the clip has it."""
    steps = 1 if item.restage.mode in SEQUENCES else 2
    return {FIRST + step / steps: _shape(item, FIRST + step / steps) for step in range((LAST - FIRST) * steps + 1)}


@EVERY_MODE
def test_time_can_be_bent(job, mode: str) -> None:
    item = _import(job, mode)
    clip = _clip(item)
    assert _played(item, clip, (1, 11, 14, 16, 30)) == [11, 11, 14, 16, 16]
    _set(item, speed=0.5)
    between = [11, 12, 12] if mode in SEQUENCES else [11.5, 12, 12.5]
    assert _played(item, clip, (11, 12, 13, 14, 40)) == [11, between[0], 12, between[2], 16]
    _set(item, speed=1.0, offset=2.0)
    assert _played(item, clip, (11, 13, 14)) == [11, 11, 12]
    _set(item, offset=0.0, loop=True)
    assert _played(item, clip, (10, 11, 16, 17, 23, 29)) == [16, 11, 16, 11, 11, 11]
    _set(item, speed=-1.0)
    assert _played(item, clip, (11, 12, 16, 17)) == [11, 16, 12, 11]
    _set(item, loop=False, speed=2.0, hide_outside=True)
    assert _played(item, clip, (10, 11, 12, 13, 14)) == [None, 11, 13, 15, None]


@EVERY_MODE
def test_inputs_can_be_keyed(job, mode: str) -> None:
    item = _import(job, mode)
    clip = _clip(item)
    _set(item, retime=True)
    for frame, number in ((1, 10.0), (6, 15.0), (9, 15.0), (14, 10.0)):
        _key(item, "Clip Frame", frame, number)
    assert _played(item, clip, (1, 6, 7, 8, 9, 14)) == [11, 16, 16, 16, 16, 11]
    _key(item, "Retime", 20, True)
    _key(item, "Retime", 21, False)
    _key(item, "Speed", 21, 0.0)
    assert _played(item, clip, (20, 21)) == [11, 11]
    _key(item, "Offset", 30, 17.0)
    _key(item, "Speed", 30, 1.0)
    assert _played(item, clip, (30,)) == [13]


@EVERY_MODE
def test_missing_frames_are_hidden_when_it_is_wished(make_job, mode: str) -> None:
    job = make_job({0: "ok", 1: "no_person", 2: "ok", 3: "failed", 4: "ok", 5: "no_person"})
    add_arm(job, [0, 2, 4])
    item = _import(job, mode, gaps="hide")
    assert [_shape(item, frame) is None for frame in range(1, 8)] == [False, True, False, True, False, True, True]
    _set(item, speed=0.5)
    assert [_shape(item, frame) is None for frame in range(1, 6)] == [False, False, True, True, False]
    _set(item, hide_missing=False)
    assert not any(_shape(item, frame) is None for frame in range(14))
    _key(item, "Hide Missing", 3, False)
    _key(item, "Hide Missing", 4, True)
    assert [_shape(item, frame) is None for frame in (3, 4)] == [False, True]


@pytest.mark.parametrize(("before", "after"), [*permutations(MODES, 2)])
def test_retiming_stays_in_every_conversion(job, before: str, after: str) -> None:
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=after)
    clip = _clip(_person("walk"))
    item = _import(job, before)
    _set(item, offset=3.0, loop=True)
    _key(item, "Speed", 1, 1.0)
    _key(item, "Speed", 20, -1.0)
    _key(item, "Speed", 21, -1.0)
    bpy.context.view_layer.objects.active = item
    assert bpy.ops.restage.convert_sequence(mode=after) == {"FINISHED"}
    item = bpy.context.object
    # Six frames behind the last one before the keys, and backwards behind them.
    assert _played(item, clip, (0, 1, 20, 21)) == [15, 16, 11, 16]


def _drivers() -> list[bpy.types.FCurve]:
    blocks = [*bpy.data.objects, *bpy.data.shape_keys, *bpy.data.cameras, *bpy.data.materials]
    blocks += [material.node_tree for material in bpy.data.materials if material.node_tree]
    return [curve for block in blocks if block.animation_data for curve in block.animation_data.drivers]


@EVERY_MODE
def test_no_script_has_to_be_allowed(job, tmp_path: Path, mode: str) -> None:
    item = _import(job, mode)
    clip = _clip(item)
    _set(item, speed=0.5)
    drivers = _drivers()
    assert drivers and all(curve.is_valid and curve.driver.is_simple_expression for curve in drivers)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "slow.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "slow.blend"), use_scripts=False)
    item = _person("walk")
    assert _played(item, clip, (11, 13, 40, 15)) == [11, 12, 16, 13]


def test_an_armature_keeps_its_keys_until_it_is_retimed(job) -> None:
    from bl_ext.user_default.restage.scene import compat

    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode="character_armature")
    item = _person("walk")
    clip = _clip(item)
    keyed = {curve.data_path for curve in compat.fcurves_of(item)}
    assert keyed and all(path.startswith("pose.bones") for path in keyed)
    assert bpy.ops.restage.retime() == {"FINISHED"}
    assert not item.animation_data.action
    assert _played(item, clip, (11, 12, 15, 16, 13)) == [11, 12, 15, 16, 13]


@pytest.mark.parametrize("mode", ["objects", "character_shape_keys", "character_cache"])
def test_persons_of_earlier_versions_play_and_can_be_given_the_inputs(job, mode: str) -> None:
    from bl_ext.user_default.restage.scene.curves import write_curve

    item = _import(job, mode)
    clip = _clip(item)
    _make_as_before(item, write_curve)
    assert _played(item, clip, (11, 12, 16, 13)) == [11, 12, 16, 13]
    bpy.context.view_layer.objects.active = item
    assert bpy.ops.restage.retime() == {"FINISHED"}
    assert _played(item, clip, (11, 12, 16, 13)) == [11, 12, 16, 13]
    _set(item, speed=0.5)
    assert _played(item, clip, (11, 13)) == [11, 12]


def _make_as_before(item: bpy.types.Object, write_curve) -> None:
    """What version 0.2 wrote: keys along the timeline."""
    keys = [item.data.shape_keys] if item.restage.mode == "character_shape_keys" else []
    for block in (item, *keys, *item.children):
        if block.animation_data:
            for curve in list(block.animation_data.drivers):
                block.animation_data.drivers.remove(curve)
    for name in set(item.keys()) - {"restage"}:
        del item[name]
    for shape in keys:
        places = np.array([key.frame for key in shape.key_blocks])
        write_curve(shape, "eval_time", 0, np.arange(FIRST, LAST + 1), places)
    for modifier in item.modifiers:
        modifier.play_mode, modifier.frame_start = "SCENE", FIRST
    for child in item.children:
        start = child.restage.frame + 1
        for path in ("hide_viewport", "hide_render"):
            write_curve(child, path, 0, np.array([start - 1, start, start + 1]), np.array([1, 0, start < LAST]), 0)


@pytest.mark.parametrize("mode", ["packed", "character_shape_keys", "character_cache"])
def test_a_copy_has_a_time_of_its_own(job, mode: str) -> None:
    item = _import(job, mode)
    clip = _clip(item)
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    assert copy != item
    _set(copy, offset=2.0)
    assert (_played(item, clip, (13,)), _played(copy, clip, (13,))) == ([13], [11])
    bpy.context.scene.frame_set(13)
    assert [person.data["Shown Frame"] for person in (item, copy)] == [13.0, 11.0]


@EVERY_MODE
def test_nothing_depends_on_itself(job, capfd, mode: str) -> None:
    """Blender says so on the console, and one of the values is then a frame late."""
    _set(_import(job, mode), speed=0.5)
    bpy.context.scene.frame_set(12)
    said = capfd.readouterr()
    assert "ycle" not in said.out + said.err


@EVERY_MODE
def test_where_a_property_is_driven_nothing_else_is(job, mode: str) -> None:
    """Blender may put such a property back after it was computed, see scene/drivers.py."""
    _import(job, mode)
    driven = 0
    for item in (item for kind in ("objects", "meshes", "armatures", "cameras") for item in getattr(bpy.data, kind)):
        animation = item.animation_data
        paths = [curve.data_path for curve in animation.drivers] if animation else []
        properties = [path for path in paths if path.startswith("[")]
        assert properties in ([], paths), item.name
        driven += len(properties)
    assert driven


@pytest.mark.parametrize("mode", CHARACTERS + ("objects",))
def test_nothing_is_a_frame_late(make_job, mode: str) -> None:
    """Two threads evaluate a scene, in another order each time. What was a frame late was so at one frame of fifty."""
    states = dict.fromkeys(FRAMES, "ok") | {11: "no_person", 12: "no_person"}
    job = make_job(states)
    add_arm(job, [frame for frame in FRAMES if states[frame] == "ok"])
    for _ in range(30):
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
        item = _import(job, mode, gaps="hide")
        shapes = {frame: shape for frame, shape in _clip(item).items() if shape is not None}
        for frame in (*range(FIRST, LAST + 1), 13, 11, 15, 12, FIRST):
            time.sleep(1e-4)  # the second thread is at rest, as it is before a window draws the next frame
            shown = None if states[frame - 1] != "ok" else frame
            assert _played(item, shapes, (frame,)) == [shown]

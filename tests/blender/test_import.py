"""A job folder becomes a sequence that falls on its video."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from core.camera_file import write_camera
from tests.blender.arm import add_arm, move_camera
from tests.blender.walk import COLOURS, FACES, walk_vertices

CHARACTERS = ("character_shape_keys", "character_cache", "character_armature")


def _import(job, mode: str = "objects", **options) -> bpy.types.Collection:
    options["mode"] = mode
    assert bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), **options) == {"FINISHED"}
    return bpy.data.collections[job.record.name]


def _frames(collection: bpy.types.Collection) -> dict[int, bpy.types.Object]:
    return {item.restage.frame: item for item in collection.objects if item.restage.frame >= 0}


def _shown(collection: bpy.types.Collection, frame: int) -> list[int]:
    bpy.context.scene.frame_set(frame)
    shown = [number for number, item in _frames(collection).items() if not item.hide_viewport]
    assert shown == [number for number, item in _frames(collection).items() if not item.hide_render]
    return shown


def test_every_frame_shows_its_own_mesh_only(make_job) -> None:
    collection = _import(make_job())
    assert {frame: _shown(collection, frame) for frame in (0, 1, 2, 3, 4)} == {0: [0], 1: [0], 2: [1], 3: [2], 4: [2]}


@pytest.mark.parametrize(("gaps", "at_gap"), [("hold", [0]), ("hide", [])])
def test_missing_frames_are_held_or_hidden(make_job, gaps: str, at_gap: list[int]) -> None:
    job = make_job({0: "ok", 1: "no_person", 2: "failed", 3: "held", 4: "ok"})
    collection = _import(job, gaps=gaps)
    assert [_shown(collection, frame) for frame in (1, 2, 3, 4, 5)] == [[0], at_gap, at_gap, [3], [4]]


def test_frames_that_a_step_left_out_are_bridged(make_job) -> None:
    collection = _import(make_job({10: "ok", 12: "ok", 14: "ok"}), gaps="hide")
    assert [_shown(collection, frame) for frame in (11, 12, 13, 14, 15)] == [[10], [10], [12], [12], [14]]
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (11, 15)


def test_mesh_arrives_exactly(make_job) -> None:
    mesh = _frames(_import(make_job()))[1].data
    positions = np.array([vertex.co for vertex in mesh.vertices], np.float32)
    expected = walk_vertices(1)
    np.testing.assert_array_equal(positions, np.stack([expected[:, 0], -expected[:, 2], expected[:, 1]], axis=1))
    assert [list(polygon.vertices) for polygon in mesh.polygons] == FACES.tolist()
    assert all(polygon.use_smooth for polygon in mesh.polygons)
    shades = np.array([value.color_srgb for value in mesh.attributes["Col"].data])
    np.testing.assert_array_equal(np.rint(shades[:, :3] * 255).astype(np.uint8), COLOURS)
    assert not mesh.validate(verbose=False), "Blender had to repair the mesh"
    # The top of the tetrahedron is up, and its outside is out.
    assert positions[:, 2].argmax() == 3
    middle = positions.mean(axis=0)
    assert all(np.dot(p.normal, np.array(p.center) - middle) > 0 for p in mesh.polygons)


def test_faces_without_area_are_left_out(extension) -> None:
    from bl_ext.user_default.restage.scene.mesh import make_mesh

    faces = np.array([[0, 1, 2], [1, 1, 3], [3, 2, 3], [2, 0, 0]], np.int32)
    mesh = make_mesh("damaged", walk_vertices(0), faces, COLOURS)
    assert [list(polygon.vertices) for polygon in mesh.polygons] == [[0, 1, 2]]
    assert not mesh.validate()


@pytest.mark.parametrize(
    ("size", "centre"), [((640, 360), (331.5, 170.25)), ((360, 640), (171.0, 330.5)), ((500, 500), (250.0, 250.0))]
)
def test_meshes_fall_on_the_video(make_job, size, centre) -> None:
    job = make_job(size=size, centre=centre)
    collection = _import(job)
    scene = bpy.context.scene
    assert (scene.render.resolution_x, scene.render.resolution_y) == size
    scene.frame_set(2)
    item = _frames(collection)[1]
    seen = [world_to_camera_view(scene, scene.camera, item.matrix_world @ v.co) for v in item.data.vertices]
    pixels = np.array([(view.x * size[0], (1 - view.y) * size[1]) for view in seen])
    np.testing.assert_allclose(pixels, job.camera().project(walk_vertices(1).astype(float)), atol=0.01)


@pytest.mark.parametrize("step", [(0, 0, 0), (0.3, 0.05, -0.2)], ids=["on the spot", "travelling"])
def test_a_camera_that_moved_moves_with_the_person_and_the_mesh_stays_on_the_video(make_job, step) -> None:
    job = make_job()
    ways = np.arange(3)[:, None] * np.array(step)
    # About the vertical, ten degrees a frame.
    angles = np.radians([0.0, 10.0, 20.0])
    turns = [[[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]] for a in angles]
    write_camera(job.world_turns_path, dict(enumerate(np.array(turns))), ways if any(step) else None)
    collection = _import(job)
    scene, camera = bpy.context.scene, job.camera()
    place = camera.camera_to_world[:3, 3]
    for number, turn in enumerate(np.array(turns)):
        scene.frame_set(number + 1)
        item = _frames(collection)[number]
        found = np.array([item.matrix_world @ v.co for v in item.data.vertices])
        steady = (walk_vertices(number) - place) @ turn.T + place + ways[number]
        np.testing.assert_allclose(found, np.stack([steady[:, 0], -steady[:, 2], steady[:, 1]], axis=1), atol=1e-3)
        seen = [world_to_camera_view(scene, scene.camera, item.matrix_world @ v.co) for v in item.data.vertices]
        pixels = np.array([(view.x * camera.width, (1 - view.y) * camera.height) for view in seen])
        np.testing.assert_allclose(pixels, camera.project(walk_vertices(number).astype(float)), atol=0.01)


def test_rendered_mesh_covers_the_same_pixels(make_job, tmp_path: Path) -> None:
    """The renderer agrees too, not only the formula: the silhouette's box matches the projected corners."""
    size = (320, 180)
    job = make_job(size=size, centre=(165.0, 84.0))
    record = job.camera()
    _import(job)
    scene = bpy.context.scene
    scene.frame_set(3)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.render.film_transparent = True
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(tmp_path / "view.png")
    bpy.ops.render.render(write_still=True)
    picture = bpy.data.images.load(scene.render.filepath)
    alpha = np.array(picture.pixels[:]).reshape(size[1], size[0], 4)[::-1, :, 3]
    rows, columns = np.nonzero(alpha > 0.5)
    corners = record.project(walk_vertices(2).astype(float))
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    # The tip is sharper than a pixel, so its row may stay empty.
    expected = [*np.maximum(corners.min(axis=0), 0), *np.minimum(corners.max(axis=0), size)]
    np.testing.assert_allclose(box, expected, atol=3)


def test_clip_is_behind_the_camera_at_the_right_frame(make_job) -> None:
    job = make_job({10: "ok", 11: "ok", 12: "no_person", 13: "ok"})
    _import(job)
    scene = bpy.context.scene
    background = scene.camera.data.background_images[0]
    assert scene.camera.data.show_background_images and background.display_depth == "BACK"
    for frame, number in ((11, 10), (13, 12), (14, 13)):
        # Twice, since the original of what is drawn is late by an update.
        scene.frame_set(frame)
        scene.frame_set(frame)
        user = background.image_user
        path = Path(bpy.path.abspath(background.image.filepath_from_user(image_user=user)))
        assert path == job.picture_path(number)


@pytest.mark.parametrize("mode", ["packed", "streamed", "objects", *CHARACTERS])
def test_the_clip_and_the_camera_go_with_a_retimed_person(make_job, mode: str) -> None:
    from bl_ext.user_default.restage.scene.playback import set_controls

    job = make_job()
    add_arm(job, [0, 1, 2])
    move_camera(job)
    scene = bpy.context.scene
    _import(job, mode)
    places = {}
    for frame in (1, 2, 3):
        scene.frame_set(frame)
        places[frame - 1] = scene.camera.matrix_world.copy()
    assert (places[2].translation - places[0].translation).length > 0.1

    def assert_shows(expected: dict[int, int]) -> None:
        background = scene.camera.data.background_images[0]
        for frame, number in expected.items():
            scene.frame_set(frame)
            depsgraph = bpy.context.evaluated_depsgraph_get()
            user = scene.camera.evaluated_get(depsgraph).data.background_images[0].image_user
            # A round of one picture, see drivers.py; that is what a viewport draws.
            assert (user.use_cyclic, user.frame_duration, 1 + user.frame_offset) == (True, 1, number)
            # The name of the file is known to the original, which is late by an update.
            scene.frame_set(frame)
            file = background.image.filepath_from_user(image_user=background.image_user)
            assert Path(bpy.path.abspath(file)) == job.picture_path(number)
            assert np.abs(np.array(scene.camera.matrix_world - places[number])).max() < 1e-4

    assert_shows({1: 0, 2: 1, 3: 2, 9: 2})
    if mode == "character_armature":
        bpy.ops.restage.retime()
    set_controls(bpy.context.object, speed=0.5, offset=4.0)
    assert_shows({3: 0, 5: 0, 7: 1, 9: 2, 20: 2, 1: 0})
    bpy.ops.restage.convert_sequence(mode="streamed" if mode == "packed" else "packed")
    assert_shows({3: 0, 5: 0, 7: 1, 9: 2, 20: 2, 1: 0})
    drivers = [*scene.camera.data.animation_data.drivers, *scene.camera.parent.animation_data.drivers]
    assert all(curve.is_valid and curve.driver.is_simple_expression for curve in drivers)


def test_viewports_look_through_the_camera_until_they_are_turned(make_job) -> None:
    areas = [area for window in bpy.context.window_manager.windows for area in window.screen.areas]
    views = [area.spaces.active.region_3d for area in areas if area.type == "VIEW_3D"]
    assert views
    _import(make_job(), use_camera=False)
    assert "CAMERA" not in {view.view_perspective for view in views}
    other = make_job(name="other")
    _import(other)
    assert {view.view_perspective for view in views} == {"CAMERA"}
    views[0].view_perspective = "PERSP"
    _import(other)
    assert views[0].view_perspective == "PERSP"
    views[0].view_perspective = "CAMERA"
    _import(other)
    assert views[0].view_perspective == "CAMERA"


def test_timeline_follows_the_clip(make_job) -> None:
    _import(make_job())
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (1, 3)
    assert scene.render.fps / scene.render.fps_base == pytest.approx(30000 / 1001, rel=1e-6)


def test_options_leave_the_scene_alone(make_job) -> None:
    scene = bpy.context.scene
    before = (scene.frame_start, scene.frame_end, scene.render.fps, scene.render.resolution_x, scene.camera)
    collection = _import(make_job(), use_camera=False, use_timeline=False)
    after = (scene.frame_start, scene.frame_end, scene.render.fps, scene.render.resolution_x, scene.camera)
    assert before == after
    assert not [item for item in collection.objects if item.type == "CAMERA"]


def test_colours_show_at_once(make_job) -> None:
    item = _frames(_import(make_job(), use_pictures=False))[0]
    tree = item.data.materials[0].node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    assert shader.inputs["Base Color"].links[0].from_node.layer_name == "Col"
    spaces = [s for screen in bpy.data.screens for area in screen.areas for s in area.spaces if s.type == "VIEW_3D"]
    assert {(space.shading.color_type, space.shading.light) for space in spaces} <= {("VERTEX", "FLAT")}


def test_import_again_replaces(make_job) -> None:
    job = make_job()

    def count() -> list[int]:
        data = bpy.data
        return [len(b) for b in (data.objects, data.meshes, data.cameras, data.actions, data.collections, data.images)]

    _import(job)
    first = count()
    _import(job)
    assert count() == first
    assert len(bpy.context.scene.collection.children) == 1
    names = [block.name for block in (*bpy.data.objects, *bpy.data.meshes, *bpy.data.cameras, *bpy.data.collections)]
    assert not [name for name in names if name.endswith(".001")]
    assert bpy.context.scene.camera is not None


def test_two_jobs_of_one_name_stay_apart(make_job, tmp_path: Path) -> None:
    job = make_job()
    _import(job)
    (tmp_path / "jobs").rename(tmp_path / "moved")
    assert bpy.ops.restage.import_job(filepath=str(tmp_path / "moved" / "walk.restage" / "job.json")) == {"FINISHED"}
    assert len(bpy.context.scene.collection.children) == 2


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda job: (job.folder / "job.json").write_text("{"), "not a readable job folder"),
        (lambda job: job.mesh_path(2).write_bytes(b"ply\n"), "000002.ply cannot be read"),
        (lambda job: [job.mesh_path(n).unlink() for n in range(3)], "no finished frame"),
        (lambda job: job.body_path.unlink(), "body.npz cannot be read"),
        (lambda job: job.body_path.write_bytes(b"PK\3\4 cut off"), "body.npz cannot be read"),
    ],
)
def test_damaged_jobs_leave_nothing_behind(make_job, damage, words: str) -> None:
    job = make_job()
    damage(job)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"))
    assert not bpy.data.objects and not bpy.data.meshes and not bpy.data.collections and not bpy.data.actions

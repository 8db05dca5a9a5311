"""The turntable shows the whole person from all around, and leaves the scene as it was."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from tests.blender.arm import add_arm
from tests.blender.walk import walk_vertices


@pytest.fixture
def job(make_job):
    job = make_job()
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"))
    return job


def _first_picture(path: Path, frame: int = 1) -> np.ndarray:
    """(H, W, 3) of a video's frame, rows from the top, 0-1."""
    image = bpy.data.images.load(str(path))
    image.source = "MOVIE"
    assert tuple(image.size) != (0, 0)
    width, height = image.size
    pixels = np.array(image.pixels[:]).reshape(height, width, -1)[::-1, :, :3]
    bpy.data.images.remove(image)
    return pixels


def test_video_shows_the_colours_and_the_scene_stays(job) -> None:
    scene = bpy.context.scene
    scene.frame_set(2)

    def state():
        data = bpy.data
        blocks = (data.scenes, data.objects, data.cameras, data.worlds, data.actions, data.meshes, data.collections)
        render = scene.render
        return (
            [len(block) for block in blocks],
            (scene.frame_current, scene.frame_start, scene.frame_end, scene.camera, render.filepath, render.engine),
            (render.resolution_x, render.image_settings.file_format, scene.view_settings.view_transform),
        )

    before = state()
    assert bpy.ops.restage.render_turntable(frames=3, size=128, light="FLAT") == {"FINISHED"}
    assert state() == before
    path = job.folder / "preview" / "turntable.mp4"
    assert [file.name for file in path.parent.iterdir()] == ["turntable.mp4"]
    assert b"avc1" in path.read_bytes(), "not H.264"
    picture = _first_picture(path)
    assert picture.shape == (128, 128, 3)
    ground = picture[2, 2]
    person = np.abs(picture - ground).max(axis=2) > 0.1
    assert 0.03 < person.mean() < 0.5
    rows, columns = np.nonzero(person)
    assert rows.min() > 0 and rows.max() < 127 and columns.min() > 0 and columns.max() < 127
    # Red stands at the lower left and green at the lower right, as seen by the clip's camera.
    below = picture[rows.max() - 6]
    reds, greens = np.flatnonzero(below[:, 0] > 0.5), np.flatnonzero(below[:, 1] > 0.5)
    assert len(reds) and len(greens) and reds.mean() < greens.mean()


def test_nothing_to_render_is_said(job) -> None:
    from bl_ext.user_default.restage.scene.playback import set_controls

    set_controls(bpy.data.objects["walk"], hide_outside=True)
    bpy.context.scene.frame_set(0)
    with pytest.raises(RuntimeError, match="No frame of the person shows"):
        bpy.ops.restage.render_turntable(frames=2, size=64)
    assert len(bpy.data.scenes) == 1


@pytest.mark.parametrize("mode", ["packed", "objects", "character_armature"])
def test_the_person_who_is_selected_turns(make_job, mode: str) -> None:
    jobs = {name: make_job(name=name) for name in ("ada", "bob")}
    for job in jobs.values():
        add_arm(job, [0, 1, 2])
        bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode)
    videos = {name: job.preview_folder / "turntable.mp4" for name, job in jobs.items()}
    bpy.context.view_layer.objects.active = bpy.data.objects["ada"]
    # Also linked elsewhere, as users sort their files.
    bpy.context.scene.collection.objects.link(bpy.data.objects["ada"])
    assert bpy.ops.restage.render_turntable(frames=2, size=64) == {"FINISHED"}
    assert videos["ada"].exists() and not videos["bob"].exists()
    # With nobody selected, the person of the last import.
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.restage.render_turntable(frames=2, size=64) == {"FINISHED"}
    assert videos["bob"].exists()


def test_playing_turn_is_as_long_as_the_clip(job, tmp_path: Path) -> None:
    path = tmp_path / "turn.mp4"
    assert bpy.ops.restage.render_turntable(filepath=str(path), size=64, motion="play") == {"FINISHED"}
    clip = bpy.data.movieclips.load(str(path))
    assert clip.frame_duration == 3
    assert clip.fps == pytest.approx(30000 / 1001, rel=1e-3)


def test_camera_sees_everything_from_all_around(extension) -> None:
    from bl_ext.user_default.restage.scene import framing, turntable
    from mathutils import Vector

    cloud = walk_vertices(0)[:, [0, 2, 1]] * [1, -1, 1]
    centres, radius = framing.enclosing_spheres([cloud], 30.0)
    assert np.linalg.norm(cloud - centres[0], axis=1).max() == pytest.approx(radius)
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 100
    camera = turntable.add_camera(scene, radius)
    for index in range(8):
        camera.location, direction = turntable.orbit(np.repeat(centres, 8, axis=0), radius, index)
        camera.rotation_quaternion = direction.to_track_quat("Z", "Y")
        bpy.context.view_layer.update()
        views = [world_to_camera_view(scene, scene.camera, Vector(point)) for point in cloud]
        assert all(0 < view.x < 1 and 0 < view.y < 1 and view.z > 0 for view in views)
        assert max(view.y for view in views) - min(view.y for view in views) > 0.7, "the person is small"


def test_the_aim_follows_a_walker_without_shaking(extension) -> None:
    from bl_ext.user_default.restage.scene.framing import enclosing_spheres

    swing = [np.array([[0, 0, 0], [0.3 * (i % 2), 0, 1.7]]) + np.array([i * 0.05, 0, 0]) for i in range(60)]
    centres, radius = enclosing_spheres(swing, 30.0)
    steps = np.diff(centres[20:40, 0])
    assert steps == pytest.approx(0.05, abs=0.012)
    for cloud, centre in zip(swing, centres, strict=True):
        assert np.linalg.norm(cloud - centre, axis=1).max() <= radius


def test_a_folder_of_pictures_keeps_what_is_not_a_turn(job, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_bytes(b"somebody's own")
    for frames in (3, 2):
        assert bpy.ops.restage.render_turntable(output="PNG", frames=frames, size=64, filepath=str(tmp_path))
    assert [path.name for path in sorted(tmp_path.glob("*.png"))] == ["000001.png", "000002.png", "notes.png"]


def _pictures(folder: Path) -> list[np.ndarray]:
    """The PNG files of a folder, (H, W, 4) each, rows from the top, 0-1."""
    pictures = []
    for path in sorted(folder.iterdir()):
        image = bpy.data.images.load(str(path))
        width, height = image.size
        pictures.append(np.array(image.pixels[:]).reshape(height, width, 4)[::-1])
        bpy.data.images.remove(image)
    return pictures


@pytest.mark.parametrize("mode", ["packed", "streamed", "objects"])
def test_pictures_without_background_in_every_mode(job, tmp_path: Path, mode: str) -> None:
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode)
    folder = tmp_path / "turn"
    arguments = {"output": "PNG", "background": "TRANSPARENT", "motion": "play", "size": 64}
    assert bpy.ops.restage.render_turntable(filepath=str(folder), **arguments) == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir() if "turn" in path.name] == ["turn"]
    pictures = _pictures(folder)
    assert len(pictures) == 3
    for picture in pictures:
        assert picture[0, 0, 3] == 0 and picture[..., 3].max() > 0.95
        assert 0.03 < (picture[..., 3] > 0.5).mean() < 0.5
    assert np.abs(pictures[0] - pictures[1]).max() > 0.5


def test_the_shadow_falls_on_the_ground(job, tmp_path: Path) -> None:
    arguments = {"output": "PNG", "frames": 2, "size": 64, "engine": "CYCLES", "light": "STUDIO"}
    pictures = {}
    for shadow in (False, True):
        path = tmp_path / f"shadow {shadow}"
        bpy.ops.restage.render_turntable(filepath=str(path), shadow=shadow, colour=(0.5, 0.5, 0.5), **arguments)
        pictures[shadow] = _pictures(path)[0][..., :3]
    darker = (pictures[False] - pictures[True]).max(axis=2) > 0.1
    rows, _ = np.nonzero(darker)
    assert 0.005 < darker.mean() < 0.5 and rows.mean() > 32, "below the middle"


def test_this_blender_knows_eevee_by_the_name_that_we_use(extension) -> None:
    compat, render = extension.scene.compat, bpy.context.scene.render
    assert compat.eevee() in render.bl_rna.properties["engine"].enum_items
    render.engine = compat.eevee()
    assert render.engine == compat.eevee()


@pytest.mark.parametrize("colour", [(0.5, 0.25, 0.0), None])
@pytest.mark.parametrize("light", ["FLAT", "STUDIO"])
def test_the_light_of_a_turn_in_eevee(extension, light: str, colour: tuple[float, float, float] | None) -> None:
    """How its scene is made; a picture takes a minute where no graphics card draws."""
    from bl_ext.user_default.restage.scene.turntable import TurntableOptions
    from bl_ext.user_default.restage.scene.turntable_light import set_light

    scene = bpy.context.scene
    set_light(scene, TurntableOptions(engine="EEVEE", light=light, colour=colour, pictures=True), (0.0, 0.0, 0.0), 4.0)
    assert scene.render.engine == extension.scene.compat.eevee()
    assert len([item for item in scene.objects if item.type == "LIGHT"]) == (light == "STUDIO")
    nodes = scene.world.node_tree.nodes
    backgrounds = [node.inputs["Color"].default_value[:3] for node in nodes if node.type == "BACKGROUND"]
    assert sorted(backgrounds) == sorted([(1.0, 1.0, 1.0)] + ([colour] if colour else []))
    output = next(node for node in nodes if node.type == "OUTPUT_WORLD").inputs["Surface"].links[0].from_node
    assert output.type == ("MIX_SHADER" if colour else "BACKGROUND")


@pytest.mark.slow
def test_pictures_of_a_turn_in_eevee(job, tmp_path: Path) -> None:
    folder = tmp_path / "turn"
    arguments = {"output": "PNG", "frames": 2, "size": 64, "engine": "EEVEE", "colour": (0.5, 0.5, 0.5)}
    assert bpy.ops.restage.render_turntable(filepath=str(folder), **arguments) == {"FINISHED"}
    for picture in _pictures(folder):
        person = np.abs(picture[..., :3] - picture[0, 0, :3]).max(axis=2) > 0.1
        assert 0.03 < person.mean() < 0.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"background": "TRANSPARENT"}, "MP4 files cannot be transparent"), ({"shadow": True}, "Only Cycles")],
)
def test_wishes_that_exclude_each_other_are_refused(job, arguments, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.restage.render_turntable(frames=2, size=64, **arguments)


def test_a_stopped_turn_leaves_nothing(job, tmp_path: Path) -> None:
    from bl_ext.user_default.restage.scene.turntable import TurntableOptions, render_turntable

    scene = bpy.context.scene
    blocks = [len(block) for block in (bpy.data.scenes, bpy.data.objects, bpy.data.meshes, bpy.data.worlds)]
    steps = render_turntable(
        scene, bpy.data.collections["walk"], tmp_path / "turn" / "turn.mp4", TurntableOptions(frames=4, size=64)
    )
    assert next(steps) == (1, 4) and next(steps) == (2, 4)
    steps.close()
    assert not list((tmp_path / "turn").iterdir())
    assert blocks == [len(block) for block in (bpy.data.scenes, bpy.data.objects, bpy.data.meshes, bpy.data.worlds)]


def test_an_undo_while_it_turns_ends_it_with_a_sentence(job, tmp_path: Path) -> None:
    from bl_ext.user_default.restage.core.errors import RestageError
    from bl_ext.user_default.restage.scene.turntable import TurntableOptions, render_turntable

    steps = render_turntable(
        bpy.context.scene, bpy.data.collections["walk"], tmp_path / "turn.mp4", TurntableOptions(frames=4, size=64)
    )
    next(steps)
    bpy.data.scenes.remove(bpy.data.scenes["Restage Turntable"])
    with pytest.raises(RestageError, match="perhaps by an undo"):
        next(steps)

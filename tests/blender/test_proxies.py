"""Small meshes stand in for a packed person's in viewports, and nowhere else."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from core.ply import write_ply

FRAMES = 3
SIDE = 200
RED, BLUE = (255, 0, 0), (0, 0, 255)


def _ball(number: int, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A closed ball of 0.8 m, 1 m above the ground, 0.1 m further to the right every frame: red left, blue right."""
    up, around = np.meshgrid(
        np.linspace(0.01, np.pi - 0.01, side), np.linspace(0, 2 * np.pi, side, endpoint=False), indexing="ij"
    )
    flat = np.stack([np.sin(up) * np.cos(around), np.cos(up), np.sin(up) * np.sin(around)], axis=-1).reshape(-1, 3)
    start = (np.arange(side - 1)[:, None] * side + np.arange(side)).ravel()
    beside = (np.arange(side - 1)[:, None] * side + (np.arange(side) + 1) % side).ravel()
    faces = np.concatenate(
        [np.stack([start, beside, start + side], 1), np.stack([beside, beside + side, start + side], 1)]
    )
    colours = np.where(flat[:, :1] < 0, RED, BLUE).astype(np.uint8)
    return (0.4 * flat + [0.1 * number, 1.0, 0.0]).astype(np.float32), faces.astype(np.int32), colours


@pytest.fixture
def job(make_job):
    job = make_job(dict.fromkeys(range(FRAMES), "ok"))
    for number in range(FRAMES):
        write_ply(job.mesh_path(number), *_ball(number, SIDE))
    return job


def _import(job, mode: str = "packed", **options) -> bpy.types.Object:
    assert bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode, **options) == {"FINISHED"}
    return next(item for item in bpy.data.collections[job.record.name].objects if item.restage.mode)


def _set(person: bpy.types.Object, **controls) -> None:
    from bl_ext.user_default.restage.scene.playback import set_controls

    set_controls(person, **controls)


def _shown(person: bpy.types.Object, frame: int) -> bpy.types.Mesh:
    """What the viewport shows at a frame."""
    bpy.context.scene.frame_set(frame)
    return person.evaluated_get(bpy.context.evaluated_depsgraph_get()).data


def _places(mesh: bpy.types.Mesh) -> np.ndarray:
    return np.array([vertex.co for vertex in mesh.vertices])


def _proxies() -> list[bpy.types.Mesh]:
    return [item.data for item in bpy.data.collections["walk Proxies"].objects]


def _spoil_proxies() -> None:
    """Move proxies so far away that whoever shows them shows nothing else."""
    for mesh in _proxies():
        for vertex in mesh.vertices:
            vertex.co.z += 50.0


def _blocks() -> list[int]:
    data = bpy.data
    return [len(kind) for kind in (data.objects, data.meshes, data.collections, data.materials, data.images)]


def test_viewports_show_a_smaller_mesh_of_the_same_form_and_colours(job) -> None:
    person = _import(job, use_pictures=False)
    full = len(_shown(person, 2).vertices)
    assert bpy.ops.restage.add_proxies() == {"FINISHED"}
    for frame in (1, 2, 3):
        mesh = _shown(person, frame)
        assert 8_000 < len(mesh.vertices) < 25_000 < full
        places = _places(mesh) - [0.1 * (frame - 1), 0.0, 1.0]
        np.testing.assert_allclose(np.linalg.norm(places, axis=1), 0.4, atol=0.004)
        shades = np.array([value.color_srgb for value in mesh.attributes["Col"].data])[:, :3]
        for chosen, colour in ((places[:, 0] < -0.02, RED), (places[:, 0] > 0.02, BLUE)):
            np.testing.assert_allclose(255 * shades[chosen], np.tile(colour, (chosen.sum(), 1)), atol=1)
        assert all(polygon.use_smooth for polygon in mesh.polygons)
        assert [material.name for material in mesh.materials] == ["Restage Colours"]
    _set(person, viewport_proxies=False)
    assert len(_shown(person, 2).vertices) == full


def test_the_clips_pictures_lie_on_them_too(job) -> None:
    _import(job)
    assert bpy.ops.restage.add_proxies() == {"FINISHED"}
    frames = [item.data for item in bpy.data.collections["walk Frames"].objects]
    for full, small in zip(frames, _proxies(), strict=True):
        assert list(small.materials) == list(full.materials)
        vertex = small.vertices[0].co
        nearest = min(full.vertices, key=lambda other, vertex=vertex: (other.co - vertex).length).index
        places = [mesh.attributes["restage_place"].data for mesh in (small, full)]
        assert (places[0][0].vector - places[1][nearest].vector).length < 0.01


@pytest.mark.parametrize("motion", ["still", "play"])
def test_renders_show_the_full_meshes(job, tmp_path: Path, motion: str) -> None:
    _import(job)

    def render(name: str) -> list[np.ndarray]:
        path = tmp_path / name
        assert bpy.ops.restage.render_turntable(
            filepath=str(path), frames=2, size=64, motion=motion, output="PNG", background="TRANSPARENT"
        ) == {"FINISHED"}
        images = [bpy.data.images.load(str(file)) for file in sorted(path.iterdir())]
        return [np.array(image.pixels[:]) for image in images]

    before = render("before")
    assert any(picture.any() for picture in before)
    bpy.ops.restage.add_proxies()
    _spoil_proxies()
    for one, other in zip(before, render("after"), strict=True):
        np.testing.assert_allclose(one, other, atol=0.02)


@pytest.mark.parametrize("kind", ["USD", "ALEMBIC", "GLB", "OBJ", "PLY"])
def test_exports_hold_the_full_meshes(job, tmp_path: Path, kind: str) -> None:
    if not getattr(bpy.app.build_options, kind.lower(), True):
        pytest.skip(f"this Blender was built without {kind}")
    person = _import(job, use_pictures=False)

    def export(name: str) -> int:
        path = tmp_path / name
        assert bpy.ops.restage.export(filepath=str(path), format=kind) == {"FINISHED"}
        files = [file for file in path.parent.rglob("*") if name in str(file) and file.is_file()]
        return sum(file.stat().st_size for file in files)

    size = export("before")
    bpy.ops.restage.add_proxies()
    _spoil_proxies()
    assert export("after") == pytest.approx(size, rel=0.01)
    assert _places(_shown(person, 1))[:, 2].min() > 40.0, "the viewport shows proxies again"


def test_removing_them_leaves_nothing(job) -> None:
    person = _import(job)
    full, before = len(_shown(person, 1).vertices), _blocks()
    bpy.ops.restage.add_proxies()
    with pytest.raises(RuntimeError, match="has proxies; remove them first"):
        bpy.ops.restage.add_proxies()
    assert bpy.ops.restage.remove_proxies() == {"FINISHED"}
    assert _blocks() == before and len(_shown(person, 1).vertices) == full
    with pytest.raises(RuntimeError, match="has no proxies"):
        bpy.ops.restage.remove_proxies()


def test_stopping_half_way_leaves_nothing(job, extension) -> None:
    person = _import(job)
    before = _blocks()
    steps = extension.scene.proxies.add_proxies(person)
    assert [next(steps), next(steps)] == [(0, FRAMES), (1, FRAMES)]
    steps.close()
    assert _blocks() == before
    assert bpy.ops.restage.add_proxies() == {"FINISHED"}


def test_small_meshes_stand_for_themselves(make_job) -> None:
    person = _import(make_job())
    before = len(bpy.data.meshes)
    bpy.ops.restage.add_proxies()
    assert len(bpy.data.meshes) == before
    assert len(_shown(person, 1).polygons) == 4
    bpy.ops.restage.remove_proxies()
    assert len(_shown(person, 1).polygons) == 4 and len(bpy.data.meshes) == before


@pytest.mark.parametrize("shown", [True, False])
def test_importing_again_makes_them_anew(job, shown: bool) -> None:
    person = _import(job)
    bpy.ops.restage.add_proxies()
    _set(person, viewport_proxies=shown)
    before = _blocks()
    again = _import(job)
    assert _blocks() == before
    assert (len(_shown(again, 1).vertices) < 25_000) == shown


def test_only_packed_has_them_and_other_modes_get_the_full_meshes(job) -> None:
    full = len(_shown(_import(job), 1).vertices)
    bpy.ops.restage.add_proxies()
    assert bpy.ops.restage.convert_sequence(mode="objects") == {"FINISHED"}
    with pytest.raises(RuntimeError, match="Convert the person to Packed first"):
        bpy.ops.restage.add_proxies()
    assert {len(item.data.vertices) for item in bpy.context.object.children} == {full}
    assert "walk Proxies" not in bpy.data.collections
    assert bpy.ops.restage.convert_sequence(mode="packed") == {"FINISHED"}
    assert len(_shown(bpy.context.object, 1).vertices) == full


def test_quads_that_someone_made_become_triangles(job) -> None:
    import bmesh

    person = _import(job)
    mesh = bpy.data.collections["walk Frames"].objects[0].data
    edited = bmesh.new()
    edited.from_mesh(mesh)
    bmesh.ops.join_triangles(edited, faces=edited.faces, angle_face_threshold=3.1, angle_shape_threshold=3.1)
    edited.to_mesh(mesh)
    edited.free()
    assert any(len(polygon.vertices) == 4 for polygon in mesh.polygons)
    bpy.ops.restage.add_proxies()
    places = _places(_shown(person, 1)) - [0.0, 0.0, 1.0]
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 0.4, atol=0.004)


def test_a_person_of_an_earlier_version_can_have_them(job, extension) -> None:
    person = _import(job)
    tree = person.modifiers["Restage Sequence"].node_group
    tree.name = "Restage Packed Sequence"
    for name in ("Viewport Proxies", "Proxy Frames"):
        tree.interface.remove(tree.interface.items_tree[name])
    _set(person, offset=2.0)
    assert not extension.scene.proxies.has_proxies(person)
    assert bpy.ops.restage.add_proxies() == {"FINISHED"}
    assert extension.scene.playback.control_value(person, "Offset") == 2.0
    mesh = _shown(person, 4)
    assert len(mesh.vertices) < 25_000
    np.testing.assert_allclose(_places(mesh)[:, 0].mean(), 0.1, atol=0.01)

"""What other programs get moves as the person does: told by reading the files again."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from core.camera_file import read_still_world
from tests.blender.arm import add_arm, move_camera, quads
from tests.blender.walk import COLOURS, walk_vertices

ENDINGS = {"USD": "usdc", "ALEMBIC": "abc", "GLB": "glb"}
SEQUENCES = ("packed", "streamed", "objects")
CHARACTERS = ("character_shape_keys", "character_cache", "character_armature")


def _export(job, mode: str, kind: str, path: Path) -> Path:
    if not getattr(bpy.app.build_options, kind.lower(), True):
        pytest.skip(f"this Blender was built without {kind}")
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode)
    bpy.context.view_layer.objects.active = bpy.data.objects["walk"]
    before = [len(kind) for kind in (bpy.data.objects, bpy.data.meshes, bpy.data.actions, bpy.data.collections)]
    assert bpy.ops.restage.export(filepath=str(path), format=kind) == {"FINISHED"}
    after = [len(kind) for kind in (bpy.data.objects, bpy.data.meshes, bpy.data.actions, bpy.data.collections)]
    assert before == after, "the export left something behind"
    assert not [item for item in bpy.data.objects if "Restage Export" in item.modifiers]
    assert "Restage Export" not in bpy.data.node_groups
    return path.with_suffix(f".{ENDINGS[kind]}") if kind in ENDINGS else path


def _read(kind: str, path: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    # These files keep seconds, so the reader needs the rate of the clip.
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 30, 1.001
    if kind == "USD":
        bpy.ops.wm.usd_import(filepath=str(path))
    elif kind == "ALEMBIC":
        bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    else:
        bpy.ops.import_scene.gltf(filepath=str(path))


def _places(frame: int) -> np.ndarray:
    """Sorted world places of every vertex that shows and has a size, in the job's axes, without doubles."""
    bpy.context.scene.frame_set(frame)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    places = []
    for item in bpy.context.scene.objects:
        evaluated = item.evaluated_get(depsgraph)
        hidden = item.hide_get() or min(abs(scale) for scale in evaluated.matrix_world.to_scale()) < 1e-3
        if item.type != "MESH" or hidden or not evaluated.data.polygons:
            continue
        if item.name.startswith("Icosphere"):  # the glTF importer's picture of a bone
            continue
        places += [evaluated.matrix_world @ vertex.co for vertex in evaluated.data.vertices]
    array = np.array([(x, z, -y) for x, y, z in places])
    return np.unique(np.round(array, 3) + 0.0, axis=0)


def _assert_moves(expected: list[np.ndarray], frames: list[int]) -> None:
    for frame, vertices in zip(frames, expected, strict=True):
        places, known = _places(frame), np.asarray(vertices, float)
        distances = np.linalg.norm(places[:, None] - known[None], axis=2)
        assert distances.min(axis=1).max() < 2e-3, "a vertex that should not be there"
        assert distances.min(axis=0).max() < 2e-3, "a vertex is missing"


@pytest.mark.parametrize("kind", ["USD", "ALEMBIC", "GLB"])
@pytest.mark.parametrize("mode", SEQUENCES)
def test_sequences_move(make_job, tmp_path: Path, mode: str, kind: str) -> None:
    path = _export(make_job(), mode, kind, tmp_path / "walk")
    assert path.exists()
    _read(kind, path)
    first = 0 if kind == "GLB" and bpy.context.scene.frame_start == 0 else 1
    _assert_moves([walk_vertices(number) for number in range(3)], [first, first + 1, first + 2])


@pytest.mark.parametrize("kind", ["USD", "ALEMBIC", "GLB"])
@pytest.mark.parametrize("mode", CHARACTERS)
def test_characters_move(make_job, tmp_path: Path, mode: str, kind: str) -> None:
    job = make_job()
    vertices = add_arm(job, [0, 1, 2])
    path = _export(job, mode, kind, tmp_path / "walk")
    _read(kind, path)
    first = 0 if kind == "GLB" and bpy.context.scene.frame_start == 0 else 1
    _assert_moves(list(vertices), [first, first + 1, first + 2])


@pytest.mark.parametrize(("kind", "corners"), [("USD", 4), ("ALEMBIC", 4), ("GLB", 3)])
@pytest.mark.parametrize("mode", CHARACTERS)
def test_characters_are_quads_where_the_format_has_them(
    make_job, tmp_path: Path, mode: str, kind: str, corners
) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    _read(kind, _export(job, mode, kind, tmp_path / "walk"))
    item = next(item for item in bpy.data.objects if item.type == "MESH" and not item.name.startswith("Icosphere"))
    faces = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.polygons
    assert [len(face.vertices) for face in faces] == [corners] * (len(quads()) * 2 // (corners - 2))


@pytest.mark.parametrize("kind", ["USD", "ALEMBIC", "GLB", "PLY"])
@pytest.mark.parametrize("mode", SEQUENCES + CHARACTERS)
def test_before_a_camera_that_moves_the_world_stands_still(make_job, tmp_path: Path, mode: str, kind: str) -> None:
    job = make_job()
    vertices = add_arm(job, [0, 1, 2]) if mode in CHARACTERS else [walk_vertices(number) for number in range(3)]
    move_camera(job)
    still = read_still_world(job)
    expected = [still.from_world(points, number) for number, points in enumerate(vertices)]
    path = _export(job, mode, kind, tmp_path / "walk")
    if kind == "PLY":
        for number, known in enumerate(expected):
            bpy.ops.wm.read_factory_settings(use_empty=True)
            file = path / f"{number + 1:06d}.ply"
            bpy.ops.wm.ply_import(filepath=str(file), forward_axis="NEGATIVE_Z", up_axis="Y")
            _assert_moves([known], [1])
        return
    _read(kind, path)
    first = 0 if kind == "GLB" and bpy.context.scene.frame_start == 0 else 1
    _assert_moves(expected, [first, first + 1, first + 2])


@pytest.mark.parametrize("kind", ["USD", "GLB"])
def test_colours_go_along(make_job, tmp_path: Path, kind: str) -> None:
    path = _export(make_job(), "packed", kind, tmp_path / "walk")
    _read(kind, path)
    meshes = [mesh for mesh in bpy.data.meshes if mesh.color_attributes]
    shades = np.array([value.color_srgb[:3] for value in meshes[0].color_attributes[0].data])
    assert len(np.unique(np.round(shades, 1), axis=0)) == 4


@pytest.mark.parametrize("mode", SEQUENCES)
def test_alembic_keeps_every_vertex_s_colour(make_job, tmp_path: Path, mode: str) -> None:
    _read("ALEMBIC", _export(make_job(), mode, "ALEMBIC", tmp_path / "walk"))
    bpy.context.scene.frame_set(2)
    item = next(item for item in bpy.context.scene.objects if item.type == "MESH")
    mesh = item.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    places = np.array([mesh.vertices[loop.vertex_index].co for loop in mesh.loops])
    shades = np.array([value.color_srgb[:3] for value in mesh.color_attributes[0].data])
    known = walk_vertices(1)[:, [0, 2, 1]] * (1, -1, 1)
    which = np.linalg.norm(places[:, None] - known, axis=2).argmin(axis=1)
    assert sorted(set(which)) == [0, 1, 2, 3]
    np.testing.assert_allclose(shades * 255, COLOURS[which], atol=1.5)


def test_texture_goes_along(make_job, tmp_path: Path) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    _read("GLB", _export(job, "character_armature", "GLB", tmp_path / "walk"))
    # And the normal map.
    assert [tuple(image.size) for image in bpy.data.images if image.size[0]] == 2 * [(16, 16)]


def test_bones_go_along_by_the_names_that_they_have(make_job, tmp_path: Path) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode="character_armature", bone_names="mixamo")
    bpy.context.view_layer.objects.active = bpy.data.objects["walk"]
    assert bpy.ops.restage.export(filepath=str(tmp_path / "walk"), format="GLB") == {"FINISHED"}
    _read("GLB", tmp_path / "walk.glb")
    (armature,) = bpy.data.armatures
    assert {bone.name for bone in armature.bones} == {"mixamorig:Hips", "mixamorig:LeftArm", "mixamorig:LeftHand"}


@pytest.mark.parametrize("kind", ["OBJ", "PLY"])
@pytest.mark.parametrize("mode", ["packed", "objects", "character_cache"])
def test_a_file_for_every_frame(make_job, tmp_path: Path, mode: str, kind: str) -> None:
    job = make_job()
    vertices = add_arm(job, [0, 1, 2]) if mode == "character_cache" else [walk_vertices(number) for number in range(3)]
    folder = _export(job, mode, kind, tmp_path / "out" / "walk")
    files = sorted(folder.glob(f"*.{kind.lower()}"))
    assert [file.stem for file in files] == ["000001", "000002", "000003"]
    faces = []
    for file, expected in zip(files, vertices, strict=True):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        getattr(bpy.ops.wm, f"{kind.lower()}_import")(filepath=str(file), forward_axis="NEGATIVE_Z", up_axis="Y")
        _assert_moves([expected], [1])
        faces.append([list(face.vertices) for face in bpy.data.meshes[0].polygons])
    assert {len(face) for face in faces[0]} == {4 if mode == "character_cache" else 3}
    assert faces[0] == faces[1] == faces[2] or mode != "character_cache"


@pytest.mark.parametrize("kind", ["MDD", "PC2"])
@pytest.mark.parametrize("mode", CHARACTERS)
def test_a_point_cache_moves_the_mesh_beside_it(make_job, tmp_path: Path, mode: str, kind: str) -> None:
    job = make_job()
    vertices = add_arm(job, [0, 1, 2])
    folder = _export(job, mode, kind, tmp_path / "walk")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.obj_import(filepath=str(folder / "walk.obj"))
    (item,) = bpy.data.objects
    assert item.material_slots[0].material and item.data.uv_layers
    assert [tuple(image.size) for image in bpy.data.images if image.size[0]], "the picture is beside the mesh"
    cache = item.modifiers.new("cache", "MESH_CACHE")
    cache.cache_format, cache.filepath = kind, str(folder / f"walk.{kind.lower()}")
    # The places that the object has already are turned as the importer turns them.
    cache.forward_axis, cache.up_axis = "POS_Y", "POS_Z"
    cache.frame_start = 1.0
    _assert_moves(list(vertices), [1, 2, 3])


@pytest.mark.parametrize("kind", ["MDD", "PC2"])
def test_a_point_cache_of_meshes_that_change_is_refused(make_job, tmp_path: Path, kind: str) -> None:
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"))
    with pytest.raises(RuntimeError, match="Convert it to a character"):
        bpy.ops.restage.export(filepath=str(tmp_path / "walk"), format=kind)
    assert not (tmp_path / "walk").exists()


@pytest.mark.parametrize("kind", ["USD", "ALEMBIC", "GLB"])
@pytest.mark.parametrize("mode", SEQUENCES + CHARACTERS)
def test_a_retimed_person_is_written_as_it_plays(make_job, tmp_path: Path, mode: str, kind: str) -> None:
    from bl_ext.user_default.restage.scene.playback import set_controls

    job = make_job()
    vertices = add_arm(job, [0, 1, 2]) if mode in CHARACTERS else [walk_vertices(number) for number in range(3)]
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode)
    item = bpy.data.objects["walk"]
    if mode == "character_armature":
        bpy.ops.restage.retime()
    set_controls(item, speed=2.0, offset=1.0)
    item.location.z = 1.0
    item.keyframe_insert("location", frame=1)
    bpy.context.view_layer.objects.active = item
    path = tmp_path / ("fast" + {"USD": ".usdc", "ALEMBIC": ".abc", "GLB": ".glb"}[kind])
    bpy.ops.restage.export(filepath=str(path), format=kind)
    _read(kind, path)
    first = 0 if kind == "GLB" and bpy.context.scene.frame_start == 0 else 1
    _assert_moves([vertices[number] + [0, 1, 0] for number in (0, 0, 2)], [first, first + 1, first + 2])


def test_only_the_person_is_written(make_job, tmp_path: Path) -> None:
    mesh = bpy.data.meshes.new("stranger")
    mesh.from_pydata([(9, 9, 9), (9, 9, 8), (9, 8, 9)], [], [(0, 1, 2)])
    stranger = bpy.data.objects.new("stranger", mesh)
    bpy.context.scene.collection.objects.link(stranger)
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"))
    stranger.select_set(True)
    assert bpy.ops.restage.export(filepath=str(tmp_path / "walk"), format="USD") == {"FINISHED"}
    assert stranger.select_get() and bpy.context.object == bpy.data.objects["walk"]
    _read("USD", tmp_path / "walk.usdc")
    assert "stranger" not in bpy.data.objects


@pytest.mark.parametrize("name", ["file/walk", "folder"])
@pytest.mark.parametrize("kind", ["USD", "ALEMBIC", "GLB", "OBJ", "PLY"])
def test_a_place_that_cannot_be_written_is_said_in_a_sentence(make_job, tmp_path: Path, kind: str, name: str) -> None:
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"))
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / (f"{name}.{ENDINGS[kind]}" if kind in ENDINGS else name)
    if name == "folder":
        # A folder where a file is to be, and in the folder of a sequence where its first one is.
        (path if kind in ENDINGS else path / f"000001.{kind.lower()}").mkdir(parents=True)
    objects = len(bpy.data.objects)
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.restage.export(filepath=str(path), format=kind)
    message = str(caught.value).removeprefix("Error: ").strip()
    assert str(path) in message and message.endswith("with free space.")
    assert "\n" not in message and "Traceback" not in message
    assert len(bpy.data.objects) == objects

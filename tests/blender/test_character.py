"""The person as one mesh that moves: exact at every frame in every mode, textured, blurred, removed without a trace."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender.arm import add_arm, quads, rest_positions, texture_coordinates, triangles

MODES = ("character_shape_keys", "character_cache", "character_armature")
EVERY_MODE = pytest.mark.parametrize("mode", MODES)


def _import(job, mode: str, **options) -> bpy.types.Object:
    assert bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode, **options) == {"FINISHED"}
    return _skin(job.record.name)


def _skin(collection: str) -> bpy.types.Object:
    return next(item for item in bpy.data.collections[collection].objects if item.type == "MESH")


def _places(item: bpy.types.Object, frame: float) -> np.ndarray:
    """(V, 3) what shows, in the job's axes."""
    bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = np.array([evaluated.matrix_world @ vertex.co for vertex in evaluated.data.vertices])
    return np.stack([places[:, 0], places[:, 2], -places[:, 1]], axis=1)


@EVERY_MODE
def test_every_frame_is_exact(make_job, mode: str) -> None:
    job = make_job(dict.fromkeys(range(5, 11), "ok"))
    vertices = add_arm(job, list(range(5, 11)))
    item = _import(job, mode)
    for sample in range(6):
        np.testing.assert_allclose(_places(item, 6 + sample), vertices[sample], atol=2e-5)


@EVERY_MODE
def test_frames_that_a_step_left_out_are_between(make_job, mode: str) -> None:
    job = make_job({0: "ok", 2: "ok", 4: "ok"})
    vertices = add_arm(job, [0, 2, 4])
    item = _import(job, mode)
    between = _places(item, 2)
    reach = np.abs(vertices[1] - vertices[0]).max()
    if mode == "character_armature":  # turns instead of going straight
        assert 0.1 * reach < np.abs(between - vertices[0]).max() < 0.9 * reach
    else:
        np.testing.assert_allclose(between, (vertices[0] + vertices[1]) / 2, atol=2e-5)


@EVERY_MODE
@pytest.mark.parametrize("gaps", ["hold", "hide"])
def test_missing_frames_are_held_or_hidden(make_job, mode: str, gaps: str) -> None:
    job = make_job({0: "ok", 1: "no_person", 2: "no_person", 3: "ok", 4: "ok"})
    vertices = add_arm(job, [0, 3, 4])
    item = _import(job, mode, gaps=gaps)
    for frame, sample in ((1, 0), (2, 0), (3, 0), (4, 1), (5, 2)):
        np.testing.assert_allclose(_places(item, frame), vertices[sample], atol=2e-5)
        assert item.hide_render == item.hide_viewport == (gaps == "hide" and frame in (2, 3))


@EVERY_MODE
def test_texture_and_coordinates_are_there(make_job, mode: str) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    mesh = _import(job, mode).data
    assert [list(polygon.vertices) for polygon in mesh.polygons] == quads().tolist()
    corners = np.array([entry.vector for entry in mesh.uv_layers["UVMap"].uv])
    np.testing.assert_allclose(corners, texture_coordinates()[quads().ravel()], atol=1e-6)
    tree = mesh.materials[0].node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    picture = shader.inputs["Base Color"].links[0].from_node
    assert Path(bpy.path.abspath(picture.image.filepath)) == job.character_texture_path
    assert tree.nodes.active == picture
    bent = shader.inputs["Normal"].links[0].from_node
    normals = bent.inputs["Color"].links[0].from_node.image
    assert Path(bpy.path.abspath(normals.filepath)) == job.character_normals_path
    assert normals.colorspace_settings.name == "Non-Color" and picture.image.colorspace_settings.name == "sRGB"
    assert not mesh.validate()


def test_a_character_without_a_normal_map_is_smooth(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    job.character_normals_path.unlink()
    tree = _import(job, "character_armature").data.materials[0].node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    assert shader.inputs["Base Color"].links and not shader.inputs["Normal"].links


def test_turntable_shows_the_texture(make_job, tmp_path: Path) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    _import(job, "character_armature")
    arguments = {"output": "PNG", "frames": 2, "size": 64, "background": "TRANSPARENT"}
    assert bpy.ops.restage.render_turntable(filepath=str(tmp_path / "turn"), **arguments) == {"FINISHED"}
    image = bpy.data.images.load(str(tmp_path / "turn" / "000001.png"))
    pixels = np.array(image.pixels[:]).reshape(64, 64, 4)
    rows, _ = np.nonzero(pixels[..., 3] > 0.9)
    below, above = pixels[rows.min() + 4], pixels[rows.max() - 4]
    assert below[..., 0].max() > 0.8 > 0.2 > below[..., 2].max()
    assert above[..., 2].max() > 0.8 > 0.2 > above[..., 0].max()


@pytest.mark.parametrize("mode", ["character_shape_keys", "character_cache"])
def test_motion_is_blurred(make_job, tmp_path: Path, mode: str) -> None:
    """With a shutter that is open for a whole frame, the moving tip covers more pixels, less densely."""
    job = make_job(size=(128, 128), centre=(64.0, 64.0))
    add_arm(job, [0, 1, 2])
    _import(job, mode)
    scene = bpy.context.scene
    scene.frame_set(2)
    scene.render.engine, scene.cycles.samples = "CYCLES", 16
    scene.render.film_transparent = True
    scene.render.motion_blur_shutter = 1.0
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"
    covered = []
    for blurred in (False, True):
        scene.render.use_motion_blur = blurred
        scene.render.filepath = str(tmp_path / f"{blurred}.png")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        alpha = np.array(image.pixels[:]).reshape(128, 128, 4)[..., 3]
        covered.append(((alpha > 0.05).sum(), ((alpha > 0.05) & (alpha < 0.9)).sum()))
    assert covered[1][0] > 1.1 * covered[0][0] and covered[1][1] > 3 * covered[0][1]


RIGS = {
    "rigify": ["spine", "upper_arm.L", "hand.L"],
    "mixamo": ["mixamorig:Hips", "mixamorig:LeftArm", "mixamorig:LeftHand"],
    "makehuman": ["root", "upperarm01.L", "wrist.L"],
}


def test_bones_have_known_names(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    rig = _import(job, "character_armature").parent
    assert [bone.name for bone in rig.data.bones] == RIGS["rigify"]
    assert rig.data.bones["hand.L"].parent == rig.data.bones["upper_arm.L"]


@pytest.mark.parametrize("first", RIGS)
def test_bones_take_other_names_and_keep_moving(make_job, first: str) -> None:
    job = make_job()
    vertices = add_arm(job, [0, 1, 2])
    item = _import(job, "character_armature", bone_names=first)
    rig = item.parent
    for names in (first, *RIGS, first):
        rig.restage.bone_names = names
        assert [bone.name for bone in rig.data.bones] == RIGS[names]
        assert [group.name for group in item.vertex_groups] == RIGS[names]
        for sample in range(3):
            np.testing.assert_allclose(_places(item, 1 + sample), vertices[sample], atol=2e-5)
    rig.data.bones[1].name = "my own"
    rig.restage.bone_names = "mixamo"
    assert [bone.name for bone in rig.data.bones] == ["mixamorig:Hips", "my own", "mixamorig:LeftHand"]


def test_names_of_bones_outlast_a_conversion(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    _import(job, "character_armature", bone_names="mixamo")
    for mode in ("packed", "character_armature"):
        bpy.context.view_layer.objects.active = bpy.data.objects["walk"]
        assert bpy.ops.restage.convert_sequence(mode=mode) == {"FINISHED"}
    assert [bone.name for bone in bpy.data.objects["walk"].data.bones] == RIGS["mixamo"]


@EVERY_MODE
def test_importing_again_leaves_nothing_behind(make_job, mode: str) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])

    def blocks() -> dict[str, list[str]]:
        data = bpy.data
        kinds = ("objects", "meshes", "armatures", "shape_keys", "materials", "images", "actions", "collections")
        return {kind: sorted(block.name for block in getattr(data, kind)) for kind in kinds}

    _import(job, mode)
    first = blocks()
    _import(job, mode)
    assert blocks() == first
    _import(job, "packed")
    _import(job, mode)
    left = blocks()
    assert {kind: left[kind] for kind in first} | {"materials": 0} == first | {"materials": 0}


def test_a_conversion_shows_the_colours_where_they_are(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    _import(job, "packed")
    areas = [area for screen in bpy.data.screens for area in screen.areas if area.type == "VIEW_3D"]
    for mode, kind in (("character_cache", "TEXTURE"), ("character_armature", "TEXTURE"), ("objects", "VERTEX")):
        assert bpy.ops.restage.convert_sequence(mode=mode) == {"FINISHED"}
        assert {area.spaces.active.shading.color_type for area in areas} == {kind}
    areas[0].spaces.active.shading.color_type = "MATERIAL"
    bpy.ops.restage.convert_sequence(mode="packed")
    assert areas[0].spaces.active.shading.color_type == "MATERIAL"


def test_a_click_on_the_skin_means_the_person(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    bpy.context.view_layer.objects.active = _import(job, "character_armature")
    assert bpy.context.object.type == "MESH"
    assert bpy.ops.restage.retime() == {"FINISHED"}
    assert bpy.ops.restage.convert_sequence(mode="character_cache") == {"FINISHED"}


def test_conversion_to_the_character_and_back(make_job) -> None:
    job = make_job()
    vertices = add_arm(job, [0, 1, 2])
    _import(job, "packed")
    item = bpy.data.objects["walk"]
    for mode in (*MODES, "packed", "character_armature", "objects"):
        item.location.x = 2.0
        bpy.context.view_layer.objects.active = item
        assert bpy.ops.restage.convert_sequence(mode=mode) == {"FINISHED"}
        item = bpy.context.object
        assert (item.name, item.restage.mode, item.location.x) == ("walk", mode, 2.0)
        if mode in MODES:
            np.testing.assert_allclose(_places(_skin("walk"), 3), vertices[2] + [2, 0, 0], atol=2e-5)


@pytest.mark.parametrize("damage", [lambda job: None, lambda job: job.template_path.write_bytes(b"PK\3\4 cut off")])
def test_a_job_without_a_character_says_so(make_job, damage) -> None:
    job = make_job()
    job.character_folder.mkdir()
    damage(job)
    with pytest.raises(RuntimeError, match="no character"):
        bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode="character_shape_keys")
    assert not bpy.data.objects and not bpy.data.meshes and not bpy.data.collections


def test_a_mesh_without_texture_is_plain(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    job.character_texture_path.unlink()
    material = _import(job, "character_shape_keys").data.materials[0]
    assert not [node for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]


def test_the_rest_pose_is_the_armature_s(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    item = _import(job, "character_armature")
    item.parent.data.pose_position = "REST"
    np.testing.assert_allclose(_places(item, 2), rest_positions(), atol=1e-5)


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("template", "triangles", triangles() + 10_000),
        ("template", "uv_triangles", triangles() - 10_000),
        ("template", "positions", np.full_like(rest_positions(), np.nan)),
        ("skeleton", "parents", np.array([1, 2, 0], np.int32)),
        ("skeleton", "weights_index", np.full((len(rest_positions()), 2), 77, np.int32)),
        ("skeleton", "rotations", np.zeros((3, 9, 3), np.float32)),
    ],
)
def test_a_stranger_s_character_that_would_crash_blender_is_refused(make_job, file: str, key: str, value) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    path = getattr(job, f"{file}_path")
    with np.load(path) as arrays:
        values = dict(arrays) | {key: value}
    np.savez(path, **values)
    with pytest.raises(RuntimeError, match="no character that can be read"):
        bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode="character_armature")
    assert not bpy.data.objects and not bpy.data.meshes and not bpy.data.armatures

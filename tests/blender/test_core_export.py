"""The worker's own files in Blender: person and camera are where the direct import of the same job has them."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from core.camera_file import read_still_world
from core.events import SilentEvents
from core.export import export_job
from tests.blender.arm import add_arm, move_camera, quads, texture_coordinates

AROUND = [(-0.5, 0.2, 0.0), (0.5, -0.2, 0.0), (0.4, 0.2, 1.8), (-0.4, -0.3, 1.5)]


def _shown() -> dict[str, np.ndarray]:
    """At the clip's frames: places (3, V, 3) of the person, world; camera (3, 4, 4) to the world; views (3, 4, 3) of
    points around the person through it."""
    scene = bpy.context.scene
    (camera,) = (item for item in scene.objects if item.type == "CAMERA")
    person = next(item for item in scene.objects if item.type == "MESH" and not item.name.startswith("Icosphere"))
    places, poses, views = [], [], []
    start = 1 if "walk Camera" in bpy.data.objects else 0
    for frame in range(start, start + 3):
        scene.frame_set(frame)
        depsgraph = bpy.context.evaluated_depsgraph_get()
        shown = person.evaluated_get(depsgraph)
        points = np.array([shown.matrix_world @ vertex.co for vertex in shown.data.vertices])
        places.append(points)
        poses.append(np.array(camera.evaluated_get(depsgraph).matrix_world))
        views.append([world_to_camera_view(scene, camera, Vector(point)) for point in AROUND])
    return {"places": np.array(places), "camera": np.array(poses), "views": np.array(views)}


@pytest.mark.parametrize("moves", [True, False], ids=["moving", "still"])
@pytest.mark.parametrize("morph", [False, True], ids=["skinned", "morphing"])
@pytest.mark.parametrize("size", [(640, 360), (360, 640)], ids=["wide", "tall"])
def test_the_glb_and_the_import_coincide(make_job, tmp_path: Path, size, morph: bool, moves: bool) -> None:
    job = make_job(size=size, centre=(size[0] / 2, size[1] / 2))
    add_arm(job, [0, 1, 2])
    if moves:
        move_camera(job)
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode="character_shape_keys")
    direct = _shown()
    path = export_job(job, "glb", tmp_path, SilentEvents(), morph=morph)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    # Of the times of the job's frames; glTF has no size of the picture.
    scene.render.fps, scene.render.fps_base = 30, 1.0
    scene.render.resolution_x, scene.render.resolution_y = size
    bpy.ops.import_scene.gltf(filepath=str(path))
    read = _shown()
    np.testing.assert_allclose(read["camera"], direct["camera"], atol=1e-5)
    np.testing.assert_allclose(read["views"], direct["views"], atol=1e-4)
    # Vertices along the texture's seams are several in the file.
    for here, there in zip(read["places"], direct["places"], strict=True):
        distances = np.linalg.norm(here[:, None] - there, axis=2)
        assert max(distances.min(axis=0).max(), distances.min(axis=1).max()) < 1e-4
    assert moves == bool(np.ptp(read["camera"], axis=0).max() > 0.1)


@pytest.mark.parametrize("kind", ["MDD", "PC2"])
@pytest.mark.parametrize("moves", [True, False], ids=["moving", "still"])
def test_a_cache_plays_on_the_mesh_beside_it(make_job, tmp_path: Path, kind: str, moves: bool) -> None:
    job = make_job({0: "ok", 1: "ok", 2: "no_person", 3: "ok"} if not moves else None)
    vertices = add_arm(job, [0, 1, 2] if moves else [0, 1, 3])
    if moves:
        move_camera(job)
    folder = export_job(job, kind.lower(), tmp_path / "out", SilentEvents())
    bpy.ops.wm.obj_import(filepath=str(folder / "walk.obj"))
    item = bpy.context.object
    modifier = item.modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format, modifier.frame_start = kind, 1.0
    modifier.filepath = str(folder / f"walk.{kind.lower()}")
    world = read_still_world(job)
    for frame, row, number in (
        ((1, 0, 0), (2, 1, 1), (3, 2, 2)) if moves else ((1, 0, 0), (2, 1, 1), (3, 1, 1), (4, 2, 3))
    ):
        bpy.context.scene.frame_set(frame)
        shown = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
        places = np.array([shown.matrix_world @ vertex.co for vertex in shown.data.vertices])
        known = world.from_world(vertices[row], number)
        np.testing.assert_allclose(places, np.stack([known[:, 0], -known[:, 2], known[:, 1]], axis=1), atol=1e-5)
    (picture,) = (node.image for node in item.active_material.node_tree.nodes if node.type == "TEX_IMAGE")
    assert tuple(picture.size) == (16, 16)
    corners = np.array([entry.vector for entry in item.data.uv_layers[0].uv])
    np.testing.assert_allclose(corners, texture_coordinates()[quads().ravel()], atol=1e-5)

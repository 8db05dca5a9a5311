"""The character is in the quads of the body model, with the texture's places and the surface that the job has."""

import bmesh
import bpy
import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.files import Character, Skeleton, write_character
from core.character.tangents import TangentSpace
from core.job import Job
from core.quads import face_corners
from core.texture.unwrap import body_unwrap
from tests.blender.arm import add_arm, texture_coordinates, triangles

MODES = ("character_shape_keys", "character_cache", "character_armature")
EVERY_MODE = pytest.mark.parametrize("mode", MODES)
LIMBS = ("upper_arm", "forearm", "thigh", "shin")


def _import(job: Job, mode: str) -> bpy.types.Mesh:
    assert bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode) == {"FINISHED"}
    return next(item for item in bpy.data.collections[job.record.name].objects if item.type == "MESH").data


@pytest.fixture
def body(make_job) -> Job:
    """A job whose character is the body model in its rest pose, that walks to the right."""
    job, model, unwrap = make_job(), BodyModel.load(), body_unwrap()
    walk = np.array([[0, 0, 0], [0.1, 0, 0], [0.2, 0, 0]], np.float32)
    skeleton = Skeleton(
        names=np.array(model.bone_names),
        parents=np.array(model.bone_parents, np.int32),
        heads=model.mean_heads,
        tails=model.mean_heads + np.float32(0.05),
        weights_index=model.weight_bones,
        weights=model.weights,
        rotations=np.zeros((len(walk), *model.mean_heads.shape), np.float32),
        translation=model.mean_heads[0] + walk,
        scale=1.0,
    )
    template = {
        "positions": model.mean_vertices,
        "triangles": model.triangles,
        "uv": unwrap.uv,
        "uv_triangles": unwrap.triangles,
    }
    write_character(job, template, np.arange(3, dtype=np.int32), model.mean_vertices + walk[:, None], skeleton)
    return job


def _corners(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """(F, 4) vertices and (F, 4, 2) places in the texture, of a mesh of quads."""
    vertices, places = np.empty(len(mesh.loops), np.int32), np.empty(2 * len(mesh.loops), np.float32)
    mesh.loops.foreach_get("vertex_index", vertices)
    mesh.uv_layers["UVMap"].uv.foreach_get("vector", places)
    return vertices.reshape(-1, 4), places.reshape(-1, 4, 2)


def _drawn(mesh: bpy.types.Mesh) -> np.ndarray:
    """(T, 3) the triangles that Blender draws."""
    mesh.calc_loop_triangles()
    drawn = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", drawn)
    return drawn.reshape(-1, 3)


def _turned(rows: np.ndarray) -> set[tuple[int, ...]]:
    """Faces, each from its lowest vertex on, so that only their winding counts."""
    order = (rows.argmin(axis=1)[:, None] + np.arange(rows.shape[1])) % rows.shape[1]
    return set(map(tuple, np.take_along_axis(rows, order, axis=1).tolist()))


@EVERY_MODE
def test_every_face_is_a_quad_of_the_body_s(body: Job, mode: str) -> None:
    mesh = _import(body, mode)
    assert not mesh.validate()
    assert {len(face.vertices) for face in mesh.polygons} == {4}
    assert (len(mesh.vertices), len(mesh.edges), len(mesh.polygons)) == (13718, 27420, 13710)
    edges = np.array([edge.vertices[:] for edge in mesh.edges])
    assert (np.bincount(edges.ravel()) == 4).mean() > 0.97, "edge loops end"


@EVERY_MODE
def test_every_corner_has_its_triangles_place_in_the_texture(body: Job, mode: str) -> None:
    vertices, places = _corners(_import(body, mode))
    character = Character.load(body)
    assert character.uv is not None and character.uv_triangles is not None
    theirs = character.triangles.reshape(-1, 6)
    known = character.uv[character.uv_triangles].reshape(-1, 6, 2)
    same = vertices[:, :, None] == theirs[:, None, :]
    assert same.any(axis=2).all() and (same.sum(axis=(1, 2)) == 6).all()
    wrong = np.abs(places[:, :, None] - known[:, None]).max(axis=3)
    assert wrong[same].max() < 1e-6


@EVERY_MODE
def test_blender_draws_the_job_s_triangles(body: Job, mode: str) -> None:
    """Which way a quad is split decides what shows: the other way, the surface is elsewhere by up to a centimetre."""
    drawn, known = _turned(_drawn(_import(body, mode))), _turned(Character.load(body).triangles)
    assert len(drawn & known) > 0.99 * len(known)


def _rings(mesh: bmesh.types.BMesh, inside: np.ndarray) -> list[int]:
    """Lengths of the closed edge loops whose vertices all are inside (V,)."""
    left = {edge.index for edge in mesh.edges if all(inside[vertex.index] for vertex in edge.verts)}
    found = []
    while left:
        corner = mesh.edges[min(left)].link_loops[0]
        ring = set()
        while corner.edge.index not in ring:
            ring.add(corner.edge.index)
            following = corner.link_loop_next
            if len(following.vert.link_edges) != 4:
                break
            corner = following.link_loop_radial_next.link_loop_next
        else:
            if ring <= left:
                found.append(len(ring))
        left -= ring
    return found


def test_edge_loops_run_around_the_limbs(body: Job) -> None:
    model = BodyModel.load()
    mesh = bmesh.new()
    mesh.from_mesh(_import(body, "character_armature"))
    mesh.edges.ensure_lookup_table()
    for limb in LIMBS:
        for side in (-1, 1):
            inside = model.of_parts(limb) & (side * model.mean_vertices[:, 0] > 0)
            rings = _rings(mesh, inside)
            assert len(rings) >= 8 and set(rings) == {20}, (limb, side, rings)
    mesh.free()


def test_normal_maps_are_baked_in_the_axes_that_blender_reads_them_in(body: Job) -> None:
    mesh, known = _import(body, "character_armature"), BodyModel.load().triangles
    mesh.calc_tangents(uvmap="UVMap")
    theirs = np.array([[loop.tangent, loop.bitangent] for loop in mesh.loops]).reshape(-1, 4, 2, 3)
    same = _corners(mesh)[0][:, None, :] == known.reshape(-1, 6)[:, :, None]
    theirs = np.take_along_axis(theirs, same.argmax(axis=2)[:, :, None, None], axis=1).reshape(-1, 2, 3)
    places = np.array([vertex.co for vertex in mesh.vertices], np.float32)
    face, corner = np.repeat(np.arange(len(known)), 3), np.tile(np.eye(3, dtype=np.float32), (len(known), 1))
    ours = TangentSpace(places).axes(face, corner)
    for axis in (0, 1):
        cosine = (theirs[:, axis] * ours[:, axis]).sum(axis=1)
        assert np.quantile(cosine, 0.02) > 0.9 and (cosine > 0).mean() > 0.995


SIDES = triangles()


@pytest.mark.parametrize(
    ("sides", "places"),
    [
        (SIDES[1:-1], None),  # no two that follow each other share an edge
        (SIDES[:-1], None),  # an odd number
        (SIDES, SIDES + np.arange(len(SIDES), dtype=np.int32)[:, None] % 2),  # a seam between them
        (np.repeat(SIDES, 2, axis=0), None),  # the same triangle twice
        (np.stack([SIDES, SIDES[:, [0, 2, 1]]], axis=1).reshape(-1, 3), None),  # and its back
        (np.where(np.arange(len(SIDES))[:, None] % 2, SIDES[:, ::-1], SIDES), None),  # one of them is turned over
    ],
)
def test_triangles_that_are_no_pairs_stay(sides: np.ndarray, places: np.ndarray | None) -> None:
    assert np.array_equal(face_corners(sides, places), np.arange(sides.size).reshape(-1, 3))


def test_a_character_of_triangles_comes_in_as_it_is(make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    with np.load(job.template_path) as arrays:
        template = dict(arrays)
    for name in ("triangles", "uv_triangles"):
        template[name] = template[name][:-1]
    np.savez(job.template_path, **template)
    mesh = _import(job, "character_cache")
    assert [list(face.vertices) for face in mesh.polygons] == SIDES[:-1].tolist()
    places = np.array([entry.vector for entry in mesh.uv_layers["UVMap"].uv])
    np.testing.assert_allclose(places, texture_coordinates()[SIDES[:-1].ravel()], atol=1e-6)

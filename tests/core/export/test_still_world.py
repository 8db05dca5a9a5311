"""Somebody stands before a camera that turns and is carried along: in exported files they stand still, the camera
moves, and through it they are where the clip shows them."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.body.model import BodyModel
from core.camera_file import read_still_world
from core.character.corners import split_corners
from core.character.files import Character
from core.events import SilentEvents
from core.export import export_job
from core.job import Job
from core.ply import read_ply, write_ply
from tests.core.export.glb_reader import EVERY, read_json, seen_by_blender
from tests.core.export.moving_person import FRAMES, SECONDS, make_job, turns, ways
from tests.core.export.quad_reader import read_quads
from tests.core.posed_person import HEIGHT, WIDTH, Person, pose

COLOURS = np.full((len(BodyModel.load().mean_vertices), 3), 128, np.uint8)


def standing() -> list[Person]:
    """On one leg, of which nothing moves, while the other leg and an arm are raised."""
    return [
        pose({"upperleg01.L": (25.0 * row, 0.0, 0.0), "upperarm01.R": (0.0, 0.0, 20.0 * row)}, (0.0, 0.9, 0.0))
        for row in range(len(FRAMES))
    ]


def foot() -> np.ndarray:
    """The vertices of the foot that stands."""
    model = BodyModel.load()
    chosen = (model.parts == model.part_names.index("foot")) & (model.mean_vertices[:, 0] < 0)
    assert chosen.sum() > 100
    return np.flatnonzero(chosen)


@pytest.fixture(scope="module", params=[None, ways()], ids=["turning", "carried"])
def job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = make_job(tmp_path_factory.mktemp("still") / "person.restage", standing(), turns(), request.param)
    for number, vertices in zip(FRAMES.tolist(), Character.load(job).vertices, strict=True):
        write_ply(job.mesh_path(number), vertices, BodyModel.load().triangles, COLOURS)
    return job


def test_in_the_jobs_own_world_the_foot_swims(job: Job) -> None:
    """What the other tests are about: without them being put right, files would hold this."""
    assert np.ptp(Character.load(job).vertices[:][:, foot()], axis=0).max() > 0.5


@pytest.mark.parametrize("kind", ["obj", "ply"])
@pytest.mark.parametrize("what", ["frames", "character"])
def test_files_of_single_frames_hold_who_stands(job: Job, kind: str, what: str, tmp_path: Path) -> None:
    export_job(job, kind, tmp_path, SilentEvents())
    for number, person in zip(FRAMES, standing(), strict=True):
        path = tmp_path / what / f"{number:06d}.{kind}"
        # trimesh splits vertices that have several places in a texture.
        textured = (kind, what) == ("obj", "character")
        found = read_quads(path).vertices if textured else trimesh.load(path, process=False).vertices
        assert np.abs(found - person.vertices).max() < 1e-5


@pytest.mark.parametrize("morph", [False, True], ids=["skinned", "morphing"])
def test_a_glb_holds_who_stands_and_the_camera_that_moves(job: Job, morph: bool, tmp_path: Path) -> None:
    path = export_job(job, "glb", tmp_path, SilentEvents(), morph=morph)
    seen = seen_by_blender(path, SECONDS, tmp_path, (WIDTH, HEIGHT))
    character, people = Character.load(job), standing()
    chosen = split_corners(character.triangles, character.uv, character.uv_triangles).vertices
    away = np.linalg.norm(seen["vertices"] - np.stack([person.vertices[chosen] for person in people]), axis=2)
    # Skinned, four influences of six show in the folds of a joint that turns by 75 degrees.
    assert away.mean() < 1e-4 and away.max() < (1e-4 if morph else 0.02)
    assert np.ptp(seen["vertices"][:, np.isin(chosen, foot())], axis=0).max() < 1e-4
    # The job's own meshes through the job's own camera, which stands still in the job's world.
    expected = [job.camera().project(vertices[chosen[::EVERY]].astype(float)) for vertices in character.vertices]
    off = np.linalg.norm(seen["pixels"] - np.stack(expected), axis=2)
    assert np.median(off) < 0.02 and off.max() < (0.05 if morph else 2.0)


def test_between_two_keys_the_foot_stands_as_well(job: Job, tmp_path: Path) -> None:
    path = export_job(job, "glb", tmp_path, SilentEvents())
    between = ((np.array(SECONDS[1:]) + SECONDS[:-1]) / 2).tolist()
    seen = seen_by_blender(path, between, tmp_path, (WIDTH, HEIGHT))["vertices"]
    character = Character.load(job)
    chosen = split_corners(character.triangles, character.uv, character.uv_triangles).vertices
    foot_rows = np.isin(chosen, foot())
    assert np.abs(seen[:, foot_rows] - standing()[0].vertices[chosen[foot_rows]]).max() < 1e-3


def test_before_a_camera_that_stands_still_nothing_changes(tmp_path: Path) -> None:
    job = make_job(tmp_path / "person.restage", standing())
    for number, vertices in zip(FRAMES.tolist(), Character.load(job).vertices, strict=True):
        write_ply(job.mesh_path(number), vertices, BodyModel.load().triangles, COLOURS)
    export_job(job, "ply", tmp_path / "out", SilentEvents())
    for row, number in enumerate(FRAMES.tolist()):
        name = f"{number:06d}.ply"
        assert (tmp_path / "out" / "frames" / name).read_bytes() == job.mesh_path(number).read_bytes()
        shown, _, _ = read_ply(tmp_path / "out" / "character" / name)
        assert shown.tobytes() == Character.load(job).vertices[row].tobytes()
    document = read_json(export_job(job, "glb", tmp_path, SilentEvents()))
    moving = {channel["target"]["node"] for channel in document["animations"][0]["channels"]}
    (camera,) = (index for index, node in enumerate(document["nodes"]) if "camera" in node)
    assert camera not in moving and camera in document["scenes"][0]["nodes"]


def test_a_frame_that_the_camera_file_does_not_know_is_like_the_one_before(job: Job) -> None:
    world, points = read_still_world(job), np.array([[0.3, 1.2, -0.4]])
    for number, like in ((6, 5), (2, 4), (99, 8)):
        assert np.array_equal(world.from_world(points, number), world.from_world(points, like))
        assert np.array_equal(world.camera_to_still(number), world.camera_to_still(like))

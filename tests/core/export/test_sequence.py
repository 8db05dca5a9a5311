"""OBJ and PLY sequences as trimesh reads them."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.__main__ import main
from core.character.files import Character
from core.errors import RestageError
from core.events import SilentEvents
from core.export import export_job
from core.job import Job
from core.ply import read_ply, write_ply
from tests.core.export.moving_person import FRAMES, TIMES, make_job
from tests.core.export.quad_reader import ordered, read_quads

BALL = trimesh.creation.icosphere(subdivisions=2)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = make_job(tmp_path_factory.mktemp("sequence") / "person.restage")
    colours = np.tile(np.uint8([255, 0, 51]), (len(BALL.vertices), 1))
    for number in (4, 7):
        write_ply(job.mesh_path(number), np.asarray(BALL.vertices), np.asarray(BALL.faces), colours)
    return job


def test_obj_has_meshes_texture_and_times(job: Job, tmp_path: Path) -> None:
    events = SilentEvents()
    export_job(job, "obj", tmp_path, events)
    assert [path.name for path in sorted((tmp_path / "frames").iterdir())] == ["000004.obj", "000007.obj"]
    ball = trimesh.load(tmp_path / "frames" / "000007.obj", process=False)
    assert np.abs(ball.vertices - BALL.vertices).max() < 1e-5
    assert (ball.visual.vertex_colors[:, :3] == [255, 0, 51]).all()
    character = Character.load(job)
    for row, number in enumerate(FRAMES):
        person = trimesh.load(tmp_path / "character" / f"{number:06d}.obj", process=False)
        assert len(person.faces) == len(character.triangles)
        assert person.area == pytest.approx(
            trimesh.Trimesh(character.vertices[row], character.triangles, process=False).area, rel=1e-5
        )
        assert person.visual.material.image.size == (64, 64)
    lines = (tmp_path / "times.csv").read_text().splitlines()
    assert lines == ["frame,seconds"] + [f"{number},{TIMES[int(number)]:.6f}" for number in FRAMES]
    assert events.events[-1] == {"event": "frame", "stage": "export", "done": 6, "count": 6}


def test_the_characters_obj_has_the_body_models_quads(job: Job, tmp_path: Path) -> None:
    export_job(job, "obj", tmp_path, SilentEvents())
    character = Character.load(job)
    made = read_quads(tmp_path / "character" / "000008.obj")
    assert np.abs(made.vertices - character.vertices[3]).max() < 1e-5
    assert np.abs(made.uv - character.uv).max() < 1e-5
    assert made.corners.shape == (len(character.triangles) // 2, 4, 2)
    wanted = np.stack([character.triangles, character.uv_triangles], axis=2)
    np.testing.assert_array_equal(ordered(made.triangles), ordered(wanted))


def test_ply_has_the_texture_at_the_vertices(job: Job, tmp_path: Path) -> None:
    assert main(["export", str(job.folder), "--format", "ply", "--output", str(tmp_path)]) == 0
    character = Character.load(job)
    vertices, faces, colours = read_ply(tmp_path / "character" / "000008.ply")
    assert np.array_equal(vertices, character.vertices[3]) and np.array_equal(faces, character.triangles)
    # Along a seam a vertex has several places in the texture.
    v = character.uv[character.uv_triangles.ravel(), 1]
    lowest, highest = np.ones(len(vertices)), np.zeros(len(vertices))
    np.minimum.at(lowest, character.triangles.ravel(), v)
    np.maximum.at(highest, character.triangles.ravel(), v)
    assert (colours[lowest > 0.52, 0] == 255).all() and (colours[highest < 0.48, 2] == 255).all()
    assert (tmp_path / "frames" / "000004.ply").read_bytes() == job.mesh_path(4).read_bytes()


def test_morph_targets_are_for_glb_alone(job: Job, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["export", str(job.folder), "--format", "obj", "--output", str(tmp_path), "--morph"]) == 2
    assert "--format glb" in capsys.readouterr().out


def test_an_empty_job_says_what_to_do(job: Job, tmp_path: Path) -> None:
    with pytest.raises(RestageError, match="--resume"):
        export_job(Job(tmp_path / "empty.restage", job.record), "obj", tmp_path, SilentEvents())

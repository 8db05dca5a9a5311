"""The stage on a filmed body with known clothes: one topology on disk that moves as the person does."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import igl
import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.files import Character
from core.character.stage import run_character
from core.errors import RestageError
from core.events import SilentEvents
from core.job import Job, atomic_write
from core.ply import read_ply, write_ply
from core.render import vertex_normals
from tests.core.posed_person import RATE, Person, camera, film, pose

MODEL = BodyModel.load()
COUNT = 5
LOST = 2
CLOTH = 0.02


def clothed() -> np.ndarray:
    parts = [MODEL.part_names.index(part) for part in ("torso", "upper_arm", "thigh")]
    return np.isin(MODEL.parts, parts) & MODEL.exterior


def write_body(job: Job, people: list[Person]) -> None:
    view = camera()
    with atomic_write(job.body_path) as stream:
        np.savez(
            stream, frames=np.arange(COUNT, dtype=np.int32), shape=np.zeros(MODEL.shape_count, np.float32),
            scale=np.float32(1.0), rotations=np.stack([person.rotations for person in people]).astype(np.float32),
            translation=np.stack([person.joints[0] for person in people]).astype(np.float32),
            focal=np.float64(view.focal), centre=np.array(view.centre),
            image_size=np.array([view.width, view.height], np.int32), camera_to_world=view.camera_to_world,
        )  # fmt: skip
    with atomic_write(job.clothing_path) as stream:
        np.savez(stream, thickness=np.zeros(len(MODEL.mean_vertices), np.float32))


def make_job(folder: Path) -> Job:
    """A person in two centimetres of cloth who raises a leg; one frame has no mesh."""
    people = [pose({"upperleg01.L": (15.0 * row, 0.0, 0.0)}) for row in range(COUNT)]
    job = film(folder, people, camera())
    write_body(job, people)
    for number, person in enumerate(people):
        shell = person.vertices + CLOTH * clothed()[:, None] * vertex_normals(person.vertices, MODEL.triangles)
        if number != LOST:
            write_ply(job.mesh_path(number), shell, MODEL.triangles, np.full((len(shell), 3), 128, np.uint8))
    return job


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = make_job(tmp_path_factory.mktemp("character") / "person.restage")
    run_character(job, SilentEvents())
    return job


def test_all_frames_have_one_topology(job: Job) -> None:
    character = Character.load(job)
    assert character.vertices.shape == (COUNT, *MODEL.mean_vertices.shape)
    assert character.frames.tolist() == list(range(COUNT))
    assert np.array_equal(character.triangles, MODEL.triangles)
    assert np.isfinite(character.vertices).all()


def test_the_template_wears_the_clothes(job: Job) -> None:
    away = Character.load(job).positions - MODEL.mean_vertices
    thickness = (away * vertex_normals(MODEL.mean_vertices, MODEL.triangles)).sum(axis=1)
    torso = (MODEL.parts == MODEL.part_names.index("torso")) & MODEL.exterior
    hand = MODEL.parts == MODEL.part_names.index("hand")
    assert np.median(thickness[torso]) == pytest.approx(CLOTH, abs=0.004)
    assert np.abs(away[hand]).max() < 0.004


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_the_character_lies_on_the_frames_surface(job: Job, number: int) -> None:
    surface, faces, _ = read_ply(job.mesh_path(number))
    vertices = Character.load(job).vertices[number][MODEL.exterior]
    squared = igl.point_mesh_squared_distance(vertices.astype(float), surface.astype(float), faces)[0]
    assert np.sqrt(squared).mean() < 0.003


def test_a_frame_without_a_mesh_is_between_its_neighbours(job: Job) -> None:
    moved = Character.load(job).vertices
    foot = MODEL.parts == MODEL.part_names.index("foot")
    lost = np.linalg.norm(moved[LOST] - (moved[LOST - 1] + moved[LOST + 1]) / 2, axis=1)
    assert lost[~foot].mean() < 0.02
    assert job.record.frames[LOST].time == LOST / RATE


def test_the_skeleton_moves_the_template(job: Job) -> None:
    character = Character.load(job)
    skeleton = character.skeleton
    assert np.allclose(skeleton.weights.sum(axis=1), 1.0, atol=1e-5)
    assert (skeleton.parents[1:] < np.arange(1, len(skeleton.parents))).all()
    for bone, parent in enumerate(skeleton.parents.tolist()[1:], start=1):
        assert np.linalg.norm(skeleton.tails[bone] - skeleton.heads[bone]) > 1e-4, skeleton.names[bone]
        assert parent >= 0
    turn, shift = MODEL.skinning(
        np.zeros(MODEL.shape_count, np.float32), skeleton.scale, skeleton.rotations[3], skeleton.translation[3]
    )
    posed = np.einsum("vij,vj->vi", turn, character.positions) + shift
    assert np.linalg.norm(posed - character.vertices[3], axis=1).mean() < 0.005


def test_it_comes_out_the_same_however_many_processes_register_frames(job: Job, tmp_path: Path) -> None:
    other = make_job(tmp_path / "person.restage")
    other.record.settings = replace(other.record.settings, workers=2)
    run_character(other, SilentEvents())
    for path in (job.template_path, job.character_vertices_path):
        assert path.read_bytes() == (other.character_folder / path.name).read_bytes()


def test_a_job_without_a_character_says_what_to_do(tmp_path: Path, job: Job) -> None:
    with pytest.raises(RestageError, match="--no-character") as caught:
        Character.load(Job(tmp_path, job.record))
    assert caught.value.code == "character_missing"


def test_blender_can_read_the_files() -> None:
    code = (
        "import sys, core.character.files; print(' '.join({'torch', 'scipy', 'cv2', 'mediapipe'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[3]
    shown = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""

"""Flicker of a mannequin whose meshes are brighter in every other frame, while its character has one texture."""

from pathlib import Path

import numpy as np
import pytest

from core.character.files import Skeleton, write_character
from core.evaluation.flicker import texture_flicker
from core.job import Job
from core.picture import write_png
from core.ply import read_ply, write_ply
from tests.core.synthetic_job import make_job

COUNT, STEP = 6, 20


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = make_job(tmp_path_factory.mktemp("flicker") / "mannequin.restage", COUNT)
    moved = []
    for row, number in enumerate(job.finished_frames()):
        vertices, faces, _ = read_ply(job.mesh_path(number))
        write_ply(job.mesh_path(number), vertices, faces, np.full(vertices.shape, 100 + STEP * (row % 2), np.uint8))
        moved.append(vertices)
    one = np.zeros((1, 3), np.float32)
    skeleton = Skeleton(
        names=np.array(["root"]), parents=np.array([-1], np.int32), heads=one, tails=one + 1,
        weights_index=np.zeros((len(moved[0]), 1), np.int32), weights=np.ones((len(moved[0]), 1), np.float32),
        rotations=np.zeros((COUNT, 1, 3), np.float32), translation=np.zeros((COUNT, 3), np.float32), scale=1.0,
    )  # fmt: skip
    template = {
        "positions": moved[0], "triangles": faces, "uv_triangles": faces,
        "uv": np.full((len(moved[0]), 2), 0.5, np.float32),
    }  # fmt: skip
    write_character(job, template, np.array(job.finished_frames(), np.int32), np.stack(moved), skeleton)
    write_png(job.character_texture_path, np.full((16, 16, 3), 110, np.uint8))
    return job


def test_light_that_changes_is_flicker_and_one_texture_has_none(job: Job) -> None:
    found = texture_flicker(job)
    # At outlines a pixel holds some of the background, which does not change: they do not count.
    assert found["frames"] == pytest.approx(STEP, abs=0.5)
    assert found["character"] == pytest.approx(0.0, abs=0.2)


def test_frames_apart_cannot_flicker(job: Job, tmp_path: Path) -> None:
    for number in job.finished_frames()[1::2]:
        job.mesh_path(number).rename(tmp_path / f"{number}.ply")
    assert texture_flicker(job) == {"frames": None, "character": None}

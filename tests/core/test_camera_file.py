"""How a camera turned, written, read, and refused where it is none."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.camera_file import read_camera, write_camera
from core.errors import RestageError
from core.job import Job, JobRecord
from core.person.camera_turns import read_turns
from core.settings import Settings

TURNS = Rotation.from_euler("yxz", [[0, 0, 0], [4, 1, 0], [9, -2, 0.5]], degrees=True).as_matrix()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    job = Job(tmp_path, JobRecord("a", {}, Settings()))
    write_camera(job.camera_turns_path, {2 * row: turn for row, turn in enumerate(TURNS)})
    return job


def test_turns_come_back(job: Job) -> None:
    found = read_camera(job.camera_turns_path)
    assert list(found) == [0, 2, 4]
    np.testing.assert_allclose(list(found.values()), TURNS, atol=1e-6)
    np.testing.assert_allclose(read_turns(job, np.array([0, 4]), 1.0), TURNS[[0, 2]], atol=1e-6)


def test_a_frame_that_the_file_does_not_know_is_named(job: Job) -> None:
    with pytest.raises(RestageError, match="nothing about frame 3") as caught:
        read_turns(job, np.array([0, 3]), 1.0)
    assert caught.value.code == "job_unreadable"


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), 2 * np.eye(3), np.diag([1.0, 1.0, -1.0]), np.full((3, 3), 1e38)])
def test_matrices_that_do_not_turn_are_refused(job: Job, matrix: np.ndarray) -> None:
    write_camera(job.camera_turns_path, {0: np.eye(3), 1: matrix})
    with pytest.raises(RestageError, match="no rotations") as caught:
        read_turns(job, np.array([0, 1]), 1.0)
    assert caught.value.code == "job_unreadable"

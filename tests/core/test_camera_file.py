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
    assert found.rows == {0: 0, 2: 1, 4: 2} and found.places is None
    np.testing.assert_allclose(found.turns, TURNS, atol=1e-6)
    np.testing.assert_allclose(read_turns(job, np.array([0, 4]), 1.0), TURNS[[0, 2]], atol=1e-6)


def test_places_come_back_beside_the_turns(tmp_path: Path) -> None:
    places = np.arange(9.0).reshape(3, 3)
    write_camera(tmp_path / "camera.npz", dict(enumerate(TURNS)), places)
    found = read_camera(tmp_path / "camera.npz").places
    assert found is not None
    np.testing.assert_array_equal(found, places)


def test_places_of_other_frames_are_refused(tmp_path: Path) -> None:
    write_camera(tmp_path / "camera.npz", dict(enumerate(TURNS)), np.zeros((2, 3)))
    with pytest.raises(RestageError, match="places has the shape"):
        read_camera(tmp_path / "camera.npz")


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

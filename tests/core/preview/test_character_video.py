"""The character beside the clip, as a video and as a sheet."""

from pathlib import Path

import numpy as np
import pytest

from core.character.files import Skeleton, write_character
from core.clip import read_frames
from core.errors import RestageError
from core.events import SilentEvents
from core.job import Job
from core.picture import read_picture
from core.ply import read_ply
from core.preview.character_video import HEADER, TILE, TITLES, character_sheet, character_video
from tests.core.synthetic_job import make_job

COUNT = 4


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The mannequin's own meshes, which share a topology, are its character; one frame has lost its mesh."""
    job = make_job(tmp_path_factory.mktemp("video") / "mannequin.restage", COUNT)
    meshes = [read_ply(job.mesh_path(number)) for number in job.person_frames()]
    vertices, faces = np.stack([mesh[0] for mesh in meshes]), meshes[0][1]
    count = len(vertices[0])
    skeleton = Skeleton(
        names=np.array(["root"]), parents=np.array([-1], np.int32), heads=np.zeros((1, 3), np.float32),
        tails=np.ones((1, 3), np.float32), weights_index=np.zeros((count, 1), np.int32),
        weights=np.ones((count, 1), np.float32), rotations=np.zeros((COUNT, 1, 3), np.float32),
        translation=np.zeros((COUNT, 3), np.float32), scale=1.0,
    )  # fmt: skip
    uv = {"uv": np.zeros((3, 2), np.float32), "uv_triangles": np.zeros_like(faces)}
    template = {"positions": vertices[0], "triangles": faces} | uv
    write_character(job, template, np.array(job.person_frames(), np.int32), vertices, skeleton)
    job.mesh_path(job.person_frames()[1]).unlink()
    return job


def tile(picture: np.ndarray, column: int) -> np.ndarray:
    return picture[HEADER:, column * TILE : (column + 1) * TILE].astype(int)


def test_the_video_shows_every_frame_from_all_sides(job: Job) -> None:
    path = character_video(job, SilentEvents())
    pictures = [frame.picture for frame in read_frames(path)]
    assert len(pictures) == COUNT
    assert pictures[0].shape == (HEADER + TILE, TILE * len(TITLES), 3)
    # The character lies where the frame's own mesh does, and is narrower from its side.
    assert np.abs(tile(pictures[0], 1) - tile(pictures[0], 2)).mean() < 1.0
    columns = [np.ptp(np.nonzero(tile(pictures[0], column).min(axis=2) < 230)[1]) for column in (4, 5)]
    assert columns[1] < 0.5 * columns[0]


def test_a_frame_without_a_mesh_still_has_the_character(job: Job) -> None:
    picture = [frame.picture for frame in read_frames(character_video(job, SilentEvents()))][1]
    assert tile(picture, 1).min() > 245
    assert tile(picture, 2).min() < 200


def test_the_sheet_has_a_line_for_each_frame(job: Job, tmp_path: Path) -> None:
    character_sheet(job, tmp_path / "sheet.jpg", [0, 2])
    assert read_picture(tmp_path / "sheet.jpg").shape == (HEADER + 2 * TILE, TILE * len(TITLES), 3)


def test_without_a_character_there_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(RestageError, match="no character"):
        character_video(make_job(tmp_path / "bare.restage", 3), SilentEvents())

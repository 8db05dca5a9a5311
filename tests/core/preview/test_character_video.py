"""The character beside the clip, as a video and as a sheet."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.character.files import Skeleton, write_character
from core.clip import read_frames
from core.errors import ExitCode, RestageError
from core.events import SilentEvents
from core.job import PARTIAL, Job
from core.lock import LOCK_NAME, locked
from core.picture import read_picture
from core.ply import read_ply
from core.preview.character_video import (
    HEADER,
    TILE,
    TITLES,
    character_sheet,
    character_video,
    renew_character_video,
)
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


def test_several_processes_draw_the_same(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = character_video(job, SilentEvents()).read_bytes()
    monkeypatch.setattr("core.preview.character_video.worker_count", lambda *_: 2)
    assert character_video(job, SilentEvents()).read_bytes() == alone


def test_a_finished_job_gets_its_video_and_keeps_it(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.record.stages["character"] = "what the character is made from"
    job.save()
    job.character_video_path.unlink(missing_ok=True)
    leftover = job.character_video_path.with_name(f"character.mp4.99{PARTIAL}")
    leftover.write_bytes(b"of a run that was killed")
    assert main(["video", str(job.folder), "--json"]) == ExitCode.OK
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["done"] for event in events if event["event"] == "frame"] == [1, 2, 3, 4]
    assert events[-1] == {"event": "done", "files": {"video": str(job.character_video_path)}}
    assert job.character_video_path.exists() and not leftover.exists()
    made = job.character_video_path.stat().st_mtime_ns
    assert main(["video", str(job.folder), "--json"]) == ExitCode.OK
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["stage", "done"] and events[0]["skipped"]
    assert job.character_video_path.stat().st_mtime_ns == made
    # Of another character there is none yet.
    job = Job.open(job.folder)
    job.record.stages["character"] = "made from something else"
    job.save()
    renew_character_video(job.folder, SilentEvents())
    assert job.character_video_path.stat().st_mtime_ns > made


def test_what_is_in_the_way_is_said(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = make_job(tmp_path / "bare.restage", 3)
    with pytest.raises(RestageError, match="no character"):
        character_video(bare, SilentEvents())
    job.record.stages.clear()
    job.save()
    (tmp_path / "empty").mkdir()

    def code(folder: Path) -> str:
        assert main(["video", str(folder), "--json"]) == ExitCode.ERROR
        return json.loads(capsys.readouterr().out.splitlines()[-1])["code"]

    assert (code(bare.folder), code(tmp_path / "empty")) == ("character_missing", "job_unreadable")
    with locked(job.folder / LOCK_NAME):
        assert code(job.folder) == "job_busy"
    monkeypatch.setattr("av.codecs_available", {"mpeg4"})
    before = sorted(job.preview_folder.iterdir())
    assert code(job.folder) == "encoder_missing"
    assert sorted(job.preview_folder.iterdir()) == before

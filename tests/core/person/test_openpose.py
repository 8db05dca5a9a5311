"""OpenPose's files of the model BODY_25."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import RestageError
from core.job import Job, JobRecord
from core.person.keypoints import keypoints_of_frames, read_keypoints, write_keypoints
from core.person.openpose import read_body_25
from core.settings import Settings


def write(path: Path, people: object) -> Path:
    path.write_text(json.dumps({"version": 1.3, "people": people}))
    return path


def person(offset: float = 0.0) -> dict[str, object]:
    return {"person_id": [-1], "pose_keypoints_2d": [offset + n for n in range(75)], "face_keypoints_2d": []}


def test_the_first_person_counts(tmp_path: Path) -> None:
    joints = read_body_25(write(tmp_path / "a.json", [person(), person(100.0)]))
    assert joints.shape == (25, 3)
    assert joints[1].tolist() == [3.0, 4.0, 5.0]


def test_nobody_is_no_confidence(tmp_path: Path) -> None:
    assert not read_body_25(write(tmp_path / "a.json", [])).any()


def test_undefined_numbers_count_as_missing(tmp_path: Path) -> None:
    values = [1.0] * 75
    values[4] = float("nan")
    joints = read_body_25(write(tmp_path / "a.json", [{"pose_keypoints_2d": values}]))
    assert joints[1].tolist() == [0.0, 0.0, 0.0]
    assert joints[2].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"people": 3}', '{"people": [{}]}', '{"people": [{"pose_keypoints_2d": [1, 2]}]}', "\xff"],
)
def test_other_files_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a_keypoints.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RestageError) as caught:
        read_body_25(path)
    assert caught.value.code == "keypoints_unreadable"
    assert "a_keypoints.json" in str(caught.value)


def test_frames_find_their_files_and_keep_them(tmp_path: Path) -> None:
    write(tmp_path / "clip_000000000007_keypoints.json", [person()])
    write(tmp_path / "clip_000000000009_keypoints.json", [person(100.0)])
    joints = keypoints_of_frames(tmp_path, np.array([6, 7, 9], np.int32), 0.5)
    assert sorted(joints) == [7, 9]
    # Half as large a picture: half the pixels, the same confidence.
    assert joints[7][1].tolist() == [1.5, 2.0, 5.0]

    job = Job(tmp_path / "a.restage", JobRecord("a", {}, Settings()))
    assert read_keypoints(job) == {}
    write_keypoints(job, joints)
    again = read_keypoints(job)
    assert all(np.array_equal(again[number], joints[number]) for number in (7, 9))

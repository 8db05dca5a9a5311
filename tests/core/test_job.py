"""The job folder: what is written can be read again, and nothing half-written or foreign is taken for a job."""

import json
from pathlib import Path

import pytest

from core.errors import RestageError
from core.job import FAILED, HELD, NO_PERSON, FrameRecord, Job, JobRecord, atomic_write, fingerprint
from core.job_schema import SCHEMA
from core.settings import Settings


def make_job(folder: Path) -> Job:
    record = JobRecord("größe", {"name": "größe.mp4", "sha256": "0"}, Settings(preset="high", frames="1:9"))
    record.frames = {12: FrameRecord(0.4), 3: FrameRecord(0.1, HELD, "filled")}
    record.frames |= {7: FrameRecord(0.2, NO_PERSON, "nobody"), 9: FrameRecord(0.3, FAILED, "empty")}
    record.stages["person"] = "f"
    return Job(folder, record)


def test_a_saved_job_reads_the_same(tmp_path: Path) -> None:
    job = make_job(tmp_path / "größe und mehr.restage")
    job.save()
    again = Job.open(job.folder)
    assert again.record == job.record
    assert Job.open(job.folder / "job.json").folder == job.folder
    assert again.person_frames() == [3, 12]
    assert again.finished_frames() == []
    before = (job.folder / "job.json").read_bytes()
    again.save()
    assert (job.folder / "job.json").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"schema": SCHEMA + 1}, "job_newer"),
        ({"schema": "one"}, "job_unreadable"),
        ({"frames": [1, 2]}, "job_unreadable"),
        ({"frames": {"000001": {"seconds": 1}}}, "job_unreadable"),
        ({"stages": None}, "job_unreadable"),
        ({"settings": {"preset": "huge"}}, "bad_settings"),
    ],
)
def test_what_is_no_job_of_ours_is_refused(tmp_path: Path, change: dict, code: str) -> None:
    job = make_job(tmp_path)
    job.save()
    path = tmp_path / "job.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change))
    with pytest.raises(RestageError) as caught:
        Job.open(tmp_path)
    assert caught.value.code == code


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_a_damaged_job_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "job.json").write_bytes(content)
    with pytest.raises(RestageError, match="not a readable job folder") as caught:
        Job.open(tmp_path)
    assert caught.value.code == "job_unreadable"


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with atomic_write(path) as stream:
        stream.write(b"first")
        assert not path.exists()
    assert path.read_bytes() == b"first"
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as stream:
        stream.write(b"second")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"first"
    assert list(path.parent.iterdir()) == [path]


def test_two_processes_may_make_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As two `dataset make` side by side do with a body that both need."""
    path = tmp_path / "body.npz"
    with atomic_write(path) as stream:
        stream.write(b"first")
        monkeypatch.setattr("os.getpid", lambda: 1)
        with atomic_write(path) as other:
            other.write(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_fingerprints_follow_values_and_the_content_of_files(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    before = fingerprint(path, {"a": 1, "b": 2})
    assert fingerprint(path, {"b": 2, "a": 1}) == before
    assert fingerprint(path, {"a": 1, "b": 3}) != before
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    path.write_bytes(b"two")
    assert fingerprint(path, {"a": 1, "b": 2}) != before

"""The stage on clips with several people, a small one, one who is cut off, and somebody who is none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import core.person.people as people_module
from core.errors import ExitCode, RestageError
from core.events import SilentEvents
from core.job import Job, JobRecord
from core.person.people import People
from core.person.people_file import read_people
from core.person.stage import run_person
from core.person.track import TrackBuilder
from core.person.verdict import refuse
from core.person.watch import Watched
from core.settings import Settings
from tests.core.person.made_clips import MAN, paste, pictures, room, side_by_side, write_clip


def run(
    folder: Path, clip: Path, person: str = "", watched: Watched | None = None, frames: str = ""
) -> tuple[Job, list[str], Watched]:
    job = Job(folder, JobRecord(name="test", source={}, settings=Settings(person=person, frames=frames)))
    events = SilentEvents()
    seen = run_person(job, clip, events, watched)
    assert seen is not None
    return job, [event["message"] for event in events.events if event["event"] == "notice"], seen


def hips(job: Job) -> np.ndarray:
    """(F, 2) image pixels."""
    with np.load(job.landmarks_path, allow_pickle=False) as values:
        return values["image"][:, [23, 24]].mean(axis=1)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("two") / "two.mp4", map(side_by_side, range(6)), 12)


def test_each_of_two_is_followed_with_a_mask_of_their_own(two: Path, tmp_path: Path) -> None:
    left, notices, watched = run(tmp_path / "left", two, "0.2,0.5")
    assert any("2 people" in notice and "--person all" in notice for notice in notices)
    # The other one without decoding the clip again.
    right, _, _ = run(tmp_path / "right", two, "0.75,0.5", watched)
    assert (hips(left)[:, 0] < 450).all()
    assert (hips(right)[:, 0] > 650).all()
    assert read_people(left)["chosen"] != read_people(right)["chosen"]
    for job, half in ((left, slice(550, None)), (right, slice(0, 550))):
        assert len(job.person_frames()) == 6
        for number in job.person_frames():
            mask = cv2.imread(str(job.mask_path(number)), cv2.IMREAD_UNCHANGED) > 127
            assert mask.any()
            assert not mask[:, half].any()
    for number in left.record.frames:
        assert left.picture_path(number).read_bytes() == right.picture_path(number).read_bytes()


def test_with_a_step_the_next_person_too_is_followed_in_frames_between(two: Path, tmp_path: Path) -> None:
    left, _, watched = run(tmp_path / "left", two, "0.2,0.5", frames="::3")
    right, _, watched = run(tmp_path / "right", two, "0.75,0.5", watched, frames="::3")
    assert watched.between.numbers.tolist() == [0, 1, 2, 3, 4, 5]
    for job, side in ((left, hips(left)[:, 0] < 450), (right, hips(right)[:, 0] > 650)):
        assert job.person_frames() == [0, 3] and side.all()
    watched.between.close()
    assert not list(tmp_path.rglob("between-*"))


def test_somebody_who_is_not_there_cannot_be_chosen(two: Path, tmp_path: Path) -> None:
    with pytest.raises(RestageError, match="no person 7 in the clip; 2 were found") as caught:
        run(tmp_path, two, "7")
    assert (caught.value.code, caught.value.exit_code) == ("person_missing", ExitCode.BAD_ARGUMENTS)


def test_a_small_man_is_followed_in_every_frame(tmp_path: Path) -> None:
    # He is 0.4 of the clip's height, here 0.25 of 1080.
    small = [cv2.resize(picture[MAN], None, fx=0.62, fy=0.62, interpolation=cv2.INTER_AREA) for picture in pictures()]
    frames = [paste(room(1920, 1080), man, 1650, 60) for man in small[:4]]
    job, _, _ = run(tmp_path / "job", write_clip(tmp_path / "small.mp4", frames, 12))
    assert len(job.person_frames()) == 4
    for number in job.person_frames():
        mask = cv2.imread(str(job.mask_path(number)), cv2.IMREAD_UNCHANGED) > 127
        rows, columns = np.nonzero(mask)
        assert 1650 < columns.min() < columns.max() < 1875
        assert 200 < rows.max() - rows.min() < 330


def test_who_is_cut_off_gets_a_crop_for_the_whole_body(tmp_path: Path) -> None:
    # Down to the thighs.
    frames = [picture[:560] for picture in pictures()[:4]]
    job, notices, _ = run(tmp_path / "job", write_clip(tmp_path / "cut.mp4", frames, 12))
    assert any("partial" in notice for notice in notices)
    for crop in job.crops().values():
        bottom = crop.centre[1] + crop.side / 2
        assert bottom > 640


def test_who_was_doubted_is_followed_where_somebody_insists(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_module, "MOST_DOUBT", -1.0)
    with pytest.raises(RestageError) as caught:
        run(tmp_path / "doubted", two)
    assert caught.value.code == "not_a_person" and "insist with --person 1" in str(caught.value)
    left, _, _ = run(tmp_path / "insisted", two, "0.2,0.5")
    assert (hips(left)[:, 0] < 450).all() and len(left.person_frames()) == 6


def test_what_was_followed_but_is_no_person_is_refused_with_the_reason() -> None:
    nobody = People((), looks=tuple(range(10)), doubtful=(), cuts=(), size=(640, 480))
    assert refuse("a.mp4", nobody).code == "no_person"
    builder = TrackBuilder()
    for number in range(10):
        builder.add(number, number / 10, None)
    doubtful = People((), looks=tuple(range(10)), doubtful=(1, 4, 7), cuts=(), size=(640, 480))
    error = refuse("rabbit.mp4", doubtful, builder.finish())
    assert error.code == "not_a_person"
    assert "mirrored" in str(error)

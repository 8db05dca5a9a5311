"""Job folders of every older format stay readable."""

import json
import re
from pathlib import Path

import pytest

from core.errors import RestageError
from core.job import NO_PERSON, Job
from core.job_schema import MIGRATIONS, SCHEMA, stored_path, to_current

FORMATS = Path(__file__).parent / "job_formats"
CLIP = Path("/home/artist/clips/demo_juggle_3s.mp4")


def stored(number: int, folder: Path) -> Job:
    """A job folder with a job.json as a Restage of that format wrote it."""
    folder.mkdir(parents=True)
    (folder / "job.json").write_bytes((FORMATS / f"format_{number}.json").read_bytes())
    return Job.open(folder)


def test_every_older_format_is_kept_and_has_a_way_on() -> None:
    kept = {int(re.findall(r"\d+", path.name)[0]) for path in FORMATS.iterdir()}
    assert kept == set(MIGRATIONS) == set(range(1, SCHEMA))


@pytest.mark.parametrize("number", sorted(MIGRATIONS))
def test_an_old_job_opens_and_is_saved_in_todays_format(tmp_path: Path, number: int) -> None:
    job = stored(number, tmp_path / "jobs" / "demo_juggle_3s.restage")
    record = job.record
    assert (record.name, record.settings.method, record.clip["frame_rate"]) == ("demo_juggle_3s", "open", 24.0)
    assert sorted(record.frames) == [0, 1, 2, 3] and record.frames[2].status == NO_PERSON
    assert Path(record.source["path"]) == CLIP
    job.save()
    assert json.loads((job.folder / "job.json").read_text(encoding="utf-8"))["schema"] == SCHEMA
    assert Job.open(job.folder).record == record


def test_a_job_that_moves_with_its_clip_finds_it_again(tmp_path: Path) -> None:
    job = stored(1, tmp_path / "old" / "jobs" / "walk.restage")
    clip = tmp_path / "old" / "walk.mp4"
    clip.touch()
    job.record.source["path"] = str(clip)
    job.save()
    (tmp_path / "old").rename(tmp_path / "new")
    moved = Job.open(tmp_path / "new" / "jobs" / "walk.restage")
    assert Path(moved.record.source["path"]) == tmp_path / "new" / "walk.mp4"
    assert stored_path(str(clip), tmp_path / "old" / "jobs" / "walk.restage") == "../../walk.mp4"


def test_a_newer_format_says_to_update(tmp_path: Path) -> None:
    values = {"schema": SCHEMA + 1}
    with pytest.raises(RestageError, match="Update Restage") as caught:
        to_current(values, tmp_path)
    assert caught.value.code == "job_newer" and values == {"schema": SCHEMA + 1}

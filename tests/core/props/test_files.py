"""What was found is written, read again, and left out of masks."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import RestageError
from core.job import Job, JobRecord
from core.props.files import Props, write_props
from core.props.thing import SIZE, Thing
from core.settings import Settings
from core.spaces import Crop

CROP = Crop((200.0, 150.0), 2.0 * SIZE)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path, JobRecord("walk", {}, Settings()))


def thing() -> Thing:
    """A square of 20 crop pixels, behind whose left half the person goes on."""
    seen, hidden = np.zeros((2, SIZE, SIZE), bool)
    seen[100:120, 120:140] = True
    hidden[100:120, 120:130] = True
    return Thing(seen, hidden)


def test_masks_keep_the_person_behind_the_thing(job: Job) -> None:
    write_props(job, {7: thing()})
    props = Props.read(job)
    cleared = props.clear_crop(7, np.ones((SIZE, SIZE), np.float32))
    np.testing.assert_array_equal(cleared == 0, thing().seen & ~thing().hidden)
    half = props.clear_crop(7, np.ones((SIZE // 2, SIZE // 2), np.float32))
    assert (half == 0).sum() == (cleared == 0).sum() / 4

    whole = props.clear(7, np.full((400, 500), 255, np.uint8), CROP)
    centre = CROP.to_image(2.0 * np.array([[135, 110], [125, 110], [150, 110]])).astype(int)
    assert [whole[y, x] for x, y in centre] == [0, 255, 255]
    assert (whole == 0).sum() == pytest.approx(4 * 200, rel=0.1)
    covered = props.covered(7, CROP, (500, 400))
    assert covered is not None
    assert [bool(covered[y, x]) for x, y in centre] == [True, True, False]


def test_a_bite_is_filled_as_far_as_the_person_goes_on(job: Job) -> None:
    write_props(job, {7: thing()})
    props = Props.read(job)
    filled = props.clear_crop(7, np.zeros((SIZE, SIZE), np.float32))
    np.testing.assert_array_equal(filled == 1, thing().hidden)
    whole = props.clear(7, np.zeros((400, 500), np.uint8), CROP)
    assert set(np.unique(whole)) == {0, 255}
    assert (whole == 255).sum() == pytest.approx(4 * 200, rel=0.1)


def test_other_frames_and_jobs_without_the_stage_have_no_things(job: Job) -> None:
    mask = np.full((40, 50), 255, np.uint8)
    assert Props.read(job).clear(7, mask, CROP) is mask
    write_props(job, {7: thing()})
    assert Props.read(job).clear(8, mask, CROP) is mask
    assert Props.read(job).covered(8, CROP, (50, 40)) is None
    write_props(job, {})
    assert Props.read(job).thing(7) is None


def test_a_damaged_file_is_refused(job: Job) -> None:
    job.props_path.parent.mkdir()
    np.savez(job.props_path, frames=np.array([7], np.int32), seen=np.zeros((1, 8192)), hidden=np.zeros((1, 8192)))
    with pytest.raises(RestageError, match="right type"):
        Props.read(job)

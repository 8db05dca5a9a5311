"""Masks that the user brings: taken as they are, or refused with the reason."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.clip import probe_clip, read_frames
from core.errors import RestageError
from core.events import SilentEvents
from core.job import Job
from core.person.given_masks import GivenMasks, find_masks, masks_folder
from core.person.stage import run_person
from core.picture import read_mask, read_picture, write_mask
from core.settings import Settings

FRAMES = "0:60:20"


@pytest.fixture
def masks(tmp_path: Path, demo_job: Job) -> Path:
    """Masks for the demo's three frames: Restage's own, but with a hard edge."""
    folder = tmp_path / "masks"
    for number in demo_job.person_frames():
        solid = np.where(read_mask(demo_job.mask_path(number)) > 127, 255, 0).astype(np.uint8)
        write_mask(folder / f"balance_{number:04d}.png", solid)
    return folder


def run(tmp_path: Path, demo_job: Job, clip: Path, **settings: object) -> Job:
    values = {"method": "body", "frames": FRAMES} | settings
    job = Job(tmp_path / "made.restage", replace(demo_job.record, settings=Settings(**values)))  # type: ignore[arg-type]
    run_person(job, clip, SilentEvents())
    return job


def refused(tmp_path: Path, demo_job: Job, clip: Path, masks: Path) -> str:
    with pytest.raises(RestageError) as caught:
        run(tmp_path, demo_job, clip, masks=str(masks))
    assert caught.value.code == "mask_unfit"
    assert not (tmp_path / "made.restage" / "person").exists()
    return str(caught.value)


def test_the_masks_are_used_as_they_are(tmp_path: Path, demo_job: Job, demo_clip: Path, masks: Path) -> None:
    job = run(tmp_path, demo_job, demo_clip, masks=str(masks))
    for number in (0, 20, 40):
        assert np.array_equal(read_mask(job.mask_path(number)), read_mask(masks / f"balance_{number:04d}.png"))
    refined = run(tmp_path, demo_job, demo_clip, masks=str(masks), refine_masks=True)
    given, made = read_mask(masks / "balance_0020.png") > 127, read_mask(refined.mask_path(20)) > 127
    assert 0.0 < (given != made).sum() / given.sum() < 0.1


def test_an_empty_mask_says_that_nobody_is_there(tmp_path: Path, demo_job: Job, demo_clip: Path, masks: Path) -> None:
    write_mask(masks / "balance_0020.png", np.zeros_like(read_mask(masks / "balance_0020.png")))
    job = run(tmp_path, demo_job, demo_clip, masks=str(masks))
    assert [record.status for _, record in sorted(job.record.frames.items())] == ["ok", "no_person", "ok"]
    assert job.person_frames() == [0, 40]


def test_masks_that_do_not_fit_are_refused(tmp_path: Path, demo_job: Job, demo_clip: Path, masks: Path) -> None:
    (masks / "balance_0040.png").unlink()
    assert "frame 40" in refused(tmp_path, demo_job, demo_clip, masks)
    for path in masks.iterdir():
        write_mask(path, read_mask(path)[:, ::-1].T.copy())
    assert "1080 x 612" in refused(tmp_path, demo_job, demo_clip, masks)


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda mask: np.zeros_like(mask), "empty"),
        (lambda mask: 255 - mask, "exchanged"),
        (lambda mask: np.where(np.arange(mask.shape[1]) < 60, 255, 0 * mask).astype(np.uint8), "else"),
    ],
    ids=["empty", "inverted", "elsewhere"],
)
def test_masks_of_something_else_are_refused(
    tmp_path: Path, demo_job: Job, demo_clip: Path, masks: Path, spoil: Callable[[np.ndarray], np.ndarray], word: str
) -> None:
    for path in masks.iterdir():
        write_mask(path, spoil(read_mask(path)))
    assert word in refused(tmp_path, demo_job, demo_clip, masks)


def test_a_folder_of_pictures_brings_its_masks_along(
    tmp_path: Path, demo_job: Job, demo_clip: Path, masks: Path
) -> None:
    folder = tmp_path / "walk"
    folder.mkdir()
    for frame in read_frames(demo_clip, slice(0, 60, 20)):
        picture = cv2.imencode(".png", frame.picture[..., ::-1])[1]
        (folder / f"walk{frame.number:03d}.png").write_bytes(picture.tobytes())
        shutil.copy(masks / f"balance_{frame.number:04d}.png", folder / f"walk{frame.number:03d}_mask.png")
    assert masks_folder(Settings(), folder) == folder
    assert masks_folder(Settings(), demo_clip) is None
    job = run(tmp_path, demo_job, folder, rate=60.0, frames="")
    assert sorted(job.record.frames) == [0, 20, 40]
    assert [record.time for record in job.record.frames.values()] == pytest.approx([0.0, 1 / 3, 2 / 3])
    assert job.record.clip["gaps"] == [[1, 19], [21, 39]]
    assert np.array_equal(read_mask(job.mask_path(20)), read_mask(masks / "balance_0020.png"))


def test_a_cut_out_clip_brings_its_masks_along(tmp_path: Path, demo_job: Job, demo_clip: Path, masks: Path) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    for number in (0, 20, 40):
        mask = read_mask(masks / f"balance_{number:04d}.png")
        rgba = np.dstack([read_picture(demo_job.picture_path(number))[..., ::-1], mask])
        (folder / f"{number:03d}.png").write_bytes(cv2.imencode(".png", rgba)[1].tobytes())
    job = run(tmp_path, demo_job, folder, rate=60.0, frames="")
    assert np.array_equal(read_mask(job.mask_path(20)), read_mask(masks / "balance_0020.png"))
    assert not (job.folder / "person" / "alpha").exists()


def test_zero_and_one_count_as_black_and_white(tmp_path: Path) -> None:
    write_mask(tmp_path / "3.png", np.eye(20, dtype=np.uint8))
    mask = GivenMasks({3: tmp_path / "3.png"}, "the masks").read(3, (20, 20))
    assert np.array_equal(mask, np.eye(20, dtype=np.float32))


def test_a_folder_without_masks_is_refused(tmp_path: Path, demo_clip: Path) -> None:
    with pytest.raises(RestageError) as caught:
        find_masks(tmp_path, probe_clip(demo_clip))
    assert caught.value.code == "input_missing"

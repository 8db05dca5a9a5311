"""The person stage for a folder of pictures with masks."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import RestageError
from core.events import SilentEvents
from core.frame import ClipReader
from core.job import NO_PERSON, OK, Job, JobRecord
from core.pamir.camera import run_camera
from core.person.images import fill_from_images
from core.person.keypoints import read_keypoints
from core.picture import read_mask, read_picture
from core.settings import Settings


def put(folder: Path, name: str, size: tuple[int, int], box: tuple[int, int, int, int] | None) -> np.ndarray:
    """A picture of noise, its mask one box (left, top, right, bottom), and keypoints at the box's corners."""
    picture = np.random.default_rng(len(name)).integers(0, 255, (*size, 3), np.uint8)
    mask = np.zeros(size, np.uint8)
    points = np.zeros((25, 3))
    if box:
        left, top, right, bottom = box
        mask[top:bottom, left:right] = 255
        points[0], points[1] = (left, top, 0.9), (right, bottom, 0.8)
    cv2.imwrite(str(folder / f"{name}.png"), picture[..., ::-1])
    cv2.imwrite(str(folder / f"{name}_mask.png"), mask)
    (folder / f"{name}_keypoints.json").write_text(
        json.dumps({"people": [{"pose_keypoints_2d": points.ravel().tolist()}]})
    )
    return picture


def filled(folder: Path, tmp_path: Path, frames: str = "") -> Job:
    job = Job(tmp_path / "job.restage", JobRecord("job", {}, Settings(method="pamir", frames=frames)))
    fill_from_images(job, folder, SilentEvents())
    return job


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    return made


def test_a_crop_stays_as_it_is_to_the_bit(folder: Path, tmp_path: Path) -> None:
    picture = put(folder, "0007", (512, 512), (200, 60, 300, 470))
    job = filled(folder, tmp_path)
    assert np.array_equal(read_picture(job.picture_path(0)), picture)
    assert job.record.clip["names"] == {"000000": "0007"}
    assert read_keypoints(job)[0][1] == pytest.approx([300, 470, 0.8])


def test_another_picture_is_cut_around_the_person(folder: Path, tmp_path: Path) -> None:
    put(folder, "wide", (400, 900), (600, 100, 700, 300))
    job = filled(folder, tmp_path)
    mask = read_mask(job.mask_path(0))
    rows = np.flatnonzero((mask > 127).any(axis=1))
    assert mask.shape == (512, 512)
    assert len(rows) / 512 == pytest.approx(1 / 1.138, abs=0.01)
    assert rows.mean() == pytest.approx(255.5, abs=2)
    # The keypoints go along with the picture.
    corner = read_keypoints(job)[0][0]
    assert corner[1] == pytest.approx(rows[0], abs=2)
    assert corner[2] == pytest.approx(0.9)


def test_an_empty_mask_is_a_frame_without_a_person(folder: Path, tmp_path: Path) -> None:
    put(folder, "a", (512, 512), None)
    put(folder, "b", (512, 512), (200, 60, 300, 470))
    job = filled(folder, tmp_path)
    assert [job.record.frames[number].status for number in (0, 1)] == [NO_PERSON, OK]
    (folder / "b.png").unlink()
    with pytest.raises(RestageError) as caught:
        filled(folder, tmp_path)
    assert caught.value.code == "no_person"


def test_refusals(folder: Path, tmp_path: Path) -> None:
    put(folder, "a", (512, 512), (200, 60, 300, 470))
    with pytest.raises(RestageError) as caught:
        filled(folder, tmp_path, "5:9")
    assert caught.value.code == "no_frames"
    cv2.imwrite(str(folder / "a_mask.png"), np.zeros((256, 512), np.uint8))
    with pytest.raises(RestageError) as caught:
        filled(folder, tmp_path)
    assert caught.value.code == "mask_unfit"


def test_the_camera_is_pamirs_and_people_stand_on_the_floor(folder: Path, tmp_path: Path) -> None:
    put(folder, "a", (512, 512), (200, 60, 300, 470))
    job = filled(folder, tmp_path)
    run_camera(job)
    view = ClipReader(job).view(0)
    assert view.metres_per_unit == pytest.approx(1.75 / 0.8, rel=1e-6)
    # Feet and head of a centred person who fills 0.8 of the volume.
    ends = view.to_world(np.array([[0.0, -0.4, 0.0], [0.0, 0.4, 0.0]]))
    assert ends[:, 1] == pytest.approx([0.0, 1.75], abs=1e-5)
    # The picture's border is at 0.512 of the volume's middle plane.
    assert view.camera.project(view.to_world(np.array([0.512, 0.0, 0.0]))) == pytest.approx([512, 256])

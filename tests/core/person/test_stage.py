"""The stage on the demo clip: what it writes, that it repeats itself, and what it says when there is nobody."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from core.clip import Frame, read_frames
from core.errors import RestageError
from core.events import SilentEvents
from core.job import HELD, NO_PERSON, OK, Job, JobRecord
from core.person import watch
from core.person.stage import run_person
from core.settings import Settings

DEMO = Path(__file__).parents[3] / "demo" / "balance.mp4"


def run(folder: Path, frames: str, clip: Path = DEMO) -> tuple[Job, SilentEvents]:
    job = Job(folder, JobRecord(name="test", source={}, settings=Settings(frames=frames)))
    events = SilentEvents()
    run_person(job, clip, events)
    return job, events


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, SilentEvents]:
    return run(tmp_path_factory.mktemp("job"), "20:44:2")


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_frame_has_its_files_and_its_record(finished: tuple[Job, SilentEvents]) -> None:
    job, events = finished
    numbers = list(range(20, 44, 2))
    assert list(job.record.frames) == numbers
    assert job.person_frames() == numbers
    assert [entry.time for entry in job.record.frames.values()] == pytest.approx(np.array(numbers) / 60)
    assert job.record.clip == {"width": 612, "height": 1080, "frame_rate": 60.0, "frame_count": 12}
    assert sorted(job.crops()) == numbers
    for number in numbers:
        assert cv2.imread(str(job.picture_path(number))).shape == (1080, 612, 3)
        assert cv2.imread(str(job.mask_path(number)), cv2.IMREAD_UNCHANGED).shape == (1080, 612)
    assert sorted(path.name for path in job.crops_path.parent.iterdir()) == [
        "crops.json",
        "face.npz",
        "hands.npz",
        "landmarks.npz",
        "masks",
        "people.json",
        "points.npz",
    ]
    frames = [event for event in events.events if event["event"] == "frame"]
    assert [event["done"] for event in frames if event["stage"] == "person"] == list(range(1, 13))
    assert {event["count"] for event in frames} == {12}


def test_landmarks_lie_on_the_person_and_the_crop_holds_them(finished: tuple[Job, SilentEvents]) -> None:
    job, _ = finished
    with np.load(job.landmarks_path, allow_pickle=False) as values:
        landmarks = dict(values)
    assert {key: value.dtype.name for key, value in landmarks.items()} == {
        "frames": "int32",
        "times": "float64",
        "image": "float32",
        "visibility": "float32",
        "world": "float32",
        "held": "bool",
    }
    crops = job.crops()
    for row, number in enumerate(landmarks["frames"]):
        mask = cv2.imread(str(job.mask_path(int(number))), cv2.IMREAD_UNCHANGED) > 127
        trunk = landmarks["image"][row, [11, 12, 23, 24]].astype(int)
        assert mask[trunk[:, 1], trunk[:, 0]].all()
        assert 0.05 < mask.mean() < 0.2
        rows, columns = np.nonzero(mask)
        corners = crops[int(number)].from_image(np.array([[columns.min(), rows.min()], [columns.max(), rows.max()]]))
        assert (corners >= 0).all()
        assert (corners <= 512).all()
    # In the world y points up: the man stands with his head above his feet.
    assert (landmarks["world"][:, 0, 1] > landmarks["world"][:, 31, 1] + 1.0).all()
    # Seen from behind, his left is on the left of the picture.
    assert (landmarks["world"][:, 11, 0] < landmarks["world"][:, 12, 0]).all()


def test_a_second_run_gives_the_same_files_and_no_leftovers(finished: tuple[Job, SilentEvents], tmp_path: Path) -> None:
    # What a killed run may leave behind.
    for name in ("person/raw/000001.png", "person/masks/000099.png", "clip/000001.jpg.partial"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"old")
    job, _ = run(tmp_path, "20:44:2")
    assert hashes(job.folder) == hashes(finished[0].folder)


def test_frames_that_are_not_seen_are_held_or_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden(*arguments: Any) -> Iterator[Frame]:
        """A board hides the man in the third, fourth and last frame."""
        for frame in read_frames(*arguments):
            if frame.number in (22, 23, 27):
                frame.picture[150:800, 100:460] = 128
            yield frame

    monkeypatch.setattr(watch, "read_frames", hidden)
    job, _ = run(tmp_path, "20:28")
    states = {number: entry.status for number, entry in job.record.frames.items()}
    assert [number for number, status in states.items() if status == HELD] == [22, 23]
    assert states[27] == NO_PERSON
    assert states[20] == OK
    assert not job.mask_path(27).exists()
    assert job.picture_path(27).exists()
    assert sorted(job.crops()) == [20, 21, 22, 23, 24, 25, 26]
    with np.load(job.landmarks_path, allow_pickle=False) as values:
        assert values["held"].tolist() == [False, False, True, True, False, False, False]
    masks = [cv2.imread(str(job.mask_path(number)), cv2.IMREAD_UNCHANGED) > 127 for number in (21, 22, 23, 24)]
    for first, second in pairwise(masks):
        assert (first & second).sum() / (first | second).sum() > 0.85


def test_a_clip_without_a_person_is_refused_in_one_sentence(tmp_path: Path) -> None:
    clip = tmp_path / "stripes.mp4"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        picture = np.repeat(np.tile(np.arange(320) // 20 % 2 * 200, (240, 1))[..., None], 3, axis=2).astype(np.uint8)
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    with pytest.raises(RestageError, match="No person was found in stripes.mp4") as caught:
        run(tmp_path / "job", "", clip)
    assert caught.value.code == "no_person"


def test_a_range_beyond_the_clip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RestageError, match="selects no frame") as caught:
        run(tmp_path, "500:600")
    assert caught.value.code == "no_frames"


def test_a_bad_clip_leaves_an_earlier_result_alone(tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "000000.jpg").write_bytes(b"kept")
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    with pytest.raises(RestageError) as caught:
        run(tmp_path, "", bad)
    assert caught.value.code == "video_unreadable"
    assert (tmp_path / "clip" / "000000.jpg").read_bytes() == b"kept"

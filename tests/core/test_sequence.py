"""Folders of pictures as clips: numbers, gaps, times, and what is wrong with them."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.clip import probe_clip, read_frames
from core.errors import RestageError
from core.events import SilentEvents
from core.sequence import find_gaps
from core.source import list_pictures


def write(path: Path, brightness: int, size: tuple[int, int] = (30, 20), alpha: int | None = None) -> None:
    channels = [brightness] * 3 + ([] if alpha is None else [alpha])
    picture = np.full((size[1], size[0], len(channels)), channels, np.uint8)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, picture)[1].tobytes())


def test_numbers_times_and_gaps_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    for number in (3, 4, 7, 8, 12):
        write(folder / f"walk_{number:04d}.png", 10 * number)
    write(folder / "walk_0003_mask.png", 255)
    (folder / "notes.txt").write_text("no picture")
    events = SilentEvents()
    frames = list(read_frames(folder, events=events, rate=25.0))
    assert [frame.number for frame in frames] == [3, 4, 7, 8, 12]
    assert [frame.time for frame in frames] == [number / 25 for number in (3, 4, 7, 8, 12)]
    assert [int(frame.picture.mean()) for frame in frames] == [30, 40, 70, 80, 120]
    assert find_gaps(folder, slice(None)) == [[5, 6], [9, 11]]
    assert "5 to 6, 9 to 11" in events.events[0]["message"]
    assert find_gaps(folder, slice(3, 9, 2)) == [[5, 5]]
    assert [frame.number for frame in read_frames(folder, slice(4, 9, 4), rate=25.0)] == [4, 8]
    info = probe_clip(folder, 25.0)
    assert (info.width, info.height, info.frame_rate, info.frame_count) == (30, 20, 25.0, 13)


def test_the_rate_is_never_guessed(tmp_path: Path) -> None:
    write(tmp_path / "walk" / "1.png", 10)
    for attempt in (lambda: probe_clip(tmp_path / "walk"), lambda: list(read_frames(tmp_path / "walk"))):
        with pytest.raises(RestageError, match="--rate") as caught:
            attempt()
        assert caught.value.code == "rate_missing"


@pytest.mark.parametrize(
    "names", [("a.png", "b2.png"), ("a1.png", "b1.png"), ("IMG_20240101123456.jpg", "IMG_20240101123501.jpg")]
)
def test_names_without_usable_numbers_count_in_order(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        write(tmp_path / name, 50)
    assert [(number, path.name) for number, path in list_pictures(tmp_path).items()] == list(enumerate(names))


def test_numbers_without_leading_zeros_come_in_their_order(tmp_path: Path) -> None:
    for number in (10, 9, 100):
        write(tmp_path / f"{number}.jpg", number)
    assert list(list_pictures(tmp_path)) == [9, 10, 100]


def test_a_damaged_picture_is_left_out_and_named(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"{number}.png", 100)
    (tmp_path / "1.png").write_bytes((tmp_path / "1.png").read_bytes()[:30])
    events = SilentEvents()
    assert [frame.number for frame in read_frames(tmp_path, events=events, rate=10.0)] == [0, 2]
    assert "1.png" in events.events[0]["message"]
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    (tmp_path / "0.png").write_bytes(b"none")
    with pytest.raises(RestageError) as caught:
        list(read_frames(tmp_path, rate=10.0))
    assert caught.value.code == "picture_unreadable"


def test_transparency_and_other_sizes(tmp_path: Path) -> None:
    write(tmp_path / "0.png", 200, alpha=40)
    write(tmp_path / "1.png", 200, size=(60, 40), alpha=80)
    frames = list(read_frames(tmp_path, rate=10.0))
    assert [frame.picture.shape for frame in frames] == [(20, 30, 3)] * 2
    assert [int(frame.alpha.mean()) for frame in frames if frame.alpha is not None] == [40, 80]
    assert probe_clip(tmp_path, 10.0).alpha


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    picture = np.full((20, 30, 4), [12 << 8, 120 << 8, 240 << 8, 255 << 8], np.uint16)
    (tmp_path / "0.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    frame = next(read_frames(tmp_path, rate=10.0))
    assert frame.picture[0, 0].tolist() == [240, 120, 12]


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RestageError) as caught:
        list(read_frames(tmp_path, rate=10.0))
    assert caught.value.code == "images_missing"

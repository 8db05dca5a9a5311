"""Decoding: every variant is made from the demo clip, so the right answer is known."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from core.clip import describe_clip, probe_clip, read_frames
from core.errors import RestageError
from core.events import SilentEvents

DEMO = Path(__file__).parents[2] / "demo" / "balance.mp4"
SIZE = (120, 212)  # width, height of the variants


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """The first eight frames of the demo, (212, 120, 3) uint8 RGB."""
    return [cv2.resize(frame.picture, SIZE, interpolation=cv2.INTER_AREA) for frame in read_frames(DEMO, slice(8))]


def write_clip(
    path: Path,
    pictures: list[np.ndarray],
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    rotation: int = 0,
    aspect: Fraction | None = None,
    times: list[int] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write a clip at 10 frames a second; times: in tenths of a second, one per picture."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = Fraction(1, 10)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = (times[number] if times else number), Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def assert_like(picture: np.ndarray, expected: np.ndarray) -> None:
    """Same size and, but for compression, the same content; a turned or mirrored picture differs far more."""
    assert picture.shape == expected.shape
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - expected).mean() < 8
    assert np.abs(picture[::-1].astype(int) - expected).mean() > 20


def test_demo_gives_every_frame_with_its_time() -> None:
    frames = [(frame.number, frame.time) for frame in read_frames(DEMO)]
    assert [number for number, _ in frames] == list(range(100))
    assert np.allclose([time for _, time in frames], np.arange(100) / 60)
    info = probe_clip(DEMO)
    assert (info.width, info.height, info.frame_rate, info.frame_count) == (612, 1080, 60.0, 100)
    assert not info.variable_rate


def test_description_is_plain_values() -> None:
    description = describe_clip(DEMO)
    assert description["readable"] is True
    assert description["codec"] == "h264"
    assert description["duration"] == pytest.approx(100 / 60)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [(slice(2, 7, 2), [2, 4, 6]), (slice(5, 6), [5]), (slice(96, None), [96, 97, 98, 99]), (slice(500, 600), [])],
)
def test_a_range_selects_by_the_clips_own_numbers(wanted: slice, numbers: list[int]) -> None:
    frames = list(read_frames(DEMO, wanted))
    assert [frame.number for frame in frames] == numbers
    assert np.allclose([frame.time for frame in frames], np.array(numbers) / 60)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_metadata_is_applied(tmp_path: Path, pictures: list[np.ndarray], rotation: int) -> None:
    # What a phone does: it stores the turned picture and says how to turn it back.
    stored = [np.rot90(picture, -rotation // 90) for picture in pictures]
    path = write_clip(tmp_path / "turned.mp4", stored, rotation=rotation)
    assert_like(next(read_frames(path)).picture, pictures[0])
    info = probe_clip(path)
    assert (info.width, info.height, info.rotation) == (*SIZE, rotation)


def test_pixels_become_square(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    squeezed = [cv2.resize(picture, (SIZE[0] // 2, SIZE[1]), interpolation=cv2.INTER_AREA) for picture in pictures]
    path = write_clip(tmp_path / "squeezed.mp4", squeezed, aspect=Fraction(2, 1))
    assert_like(next(read_frames(path)).picture, pictures[0])
    assert (probe_clip(path).width, probe_clip(path).height) == SIZE


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("ten_bit.mkv", "ffv1", "yuv420p10le"),
        ("full_colour.mp4", "libx264", "yuv444p"),
        ("still_pictures.avi", "mjpeg", "yuvj420p"),
        ("old.avi", "mpeg4", "yuv420p"),
    ],
)
def test_other_formats(tmp_path: Path, pictures: list[np.ndarray], name: str, codec: str, pixel_format: str) -> None:
    path = write_clip(tmp_path / name, pictures, codec=codec, pixel_format=pixel_format)
    frames = list(read_frames(path))
    assert len(frames) == len(pictures) == probe_clip(path).frame_count
    assert_like(frames[3].picture, pictures[3])


def test_grey_and_odd_height(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    grey = [np.repeat(picture[:211].mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2) for picture in pictures]
    path = write_clip(tmp_path / "grey.mkv", grey, codec="ffv1", pixel_format="gray")
    assert_like(next(read_frames(path)).picture, grey[0])


def test_uneven_times_are_kept(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    times = [0, 1, 2, 7, 8, 9, 15, 16]
    path = write_clip(tmp_path / "uneven.mp4", pictures, times=times)
    assert [frame.time for frame in read_frames(path)] == pytest.approx(np.array(times) / 10)
    assert probe_clip(path).variable_rate


def test_start_offset_is_kept(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    path = write_clip(tmp_path / "late.mkv", pictures, times=list(range(5, 13)))
    assert [frame.time for frame in read_frames(path)] == pytest.approx(np.arange(5, 13) / 10)


def test_a_missing_time_stamp_follows_from_the_frames_before(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [frame.time for frame in read_frames(DEMO, slice(6))]

    from core import video

    decode = video._decode

    def without_third(*arguments: Any) -> Iterator[av.VideoFrame]:
        for number, frame in enumerate(decode(*arguments)):
            if number == 3:
                frame.pts = None
            yield frame

    monkeypatch.setattr(video, "_decode", without_third)
    assert [frame.time for frame in read_frames(DEMO, slice(6))] == pytest.approx(whole)


def test_a_stream_without_times_needs_a_rate(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    path = write_clip(tmp_path / "raw.h264", pictures)
    for attempt in (lambda: probe_clip(path), lambda: list(read_frames(path))):
        with pytest.raises(RestageError) as caught:
            attempt()
        assert caught.value.code == "rate_missing"
    assert [frame.time for frame in read_frames(path, rate=8.0)] == pytest.approx(np.arange(8) / 8)
    assert probe_clip(path, 8.0).frame_rate == 8.0


def test_a_rate_replaces_the_clips_times() -> None:
    assert [frame.time for frame in read_frames(DEMO, slice(0, 6, 2), rate=120.0)] == [0.0, 2 / 120, 4 / 120]


def test_pictures_that_change_their_size_are_fitted_into_the_first(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    first = write_clip(tmp_path / "first.ts", pictures[:4], codec="mpeg2video")
    wide = [np.concatenate([picture, picture], axis=1) for picture in pictures]
    second = write_clip(tmp_path / "second.ts", wide[4:], codec="mpeg2video")
    (tmp_path / "both.ts").write_bytes(first.read_bytes() + second.read_bytes())
    events = SilentEvents()
    frames = list(read_frames(tmp_path / "both.ts", events=events))
    assert {frame.picture.shape for frame in frames} == {pictures[0].shape}
    assert len(frames) > 5
    assert frames[-1].picture[: SIZE[1] // 5].max() < 16  # the bar above the wide picture
    assert frames[-1].picture[SIZE[1] // 3 : -SIZE[1] // 3].mean() > 40
    assert any("change their size" in event["message"] for event in events.events)


def test_memory_does_not_grow_with_the_length_at_4k_and_120_frames_a_second(tmp_path: Path) -> None:
    program = (
        "import sys, resource; from pathlib import Path; from core.clip import read_frames\n"
        "times = [frame.time for frame in read_frames(Path(sys.argv[1])) if frame.picture.shape == (2160, 3840, 3)]\n"
        "print(len(times), times[-1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    measured = {}
    for count in (12, 48):
        path = tmp_path / f"{count}.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=120)
            stream.width, stream.height, stream.pix_fmt = 3840, 2160, "yuv420p"
            for number in range(count):
                picture = np.full((2160, 3840, 3), 5 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        command = [sys.executable, "-c", program, str(path)]
        frames, last, peak = subprocess.check_output(command, cwd=DEMO.parents[1], text=True).split()
        assert (int(frames), float(last)) == (count, pytest.approx((count - 1) / 120))
        measured[count] = int(peak)
    assert measured[48] < 1.1 * measured[12]


def text(path: Path) -> None:
    path.write_text("not a video at all")


def empty(path: Path) -> None:
    path.touch()


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


def without_index(path: Path) -> None:
    content = DEMO.read_bytes()
    path.write_bytes(content[: len(content) // 2] if content.find(b"moov") > len(content) // 2 else content[4096:])


def sound_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        stream.layout = "mono"
        for number in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, number * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.mark.parametrize("spoil", [text, empty, missing, without_index, sound_only])
def test_what_is_no_video_is_refused_in_one_sentence(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = tmp_path / "bad.mp4"
    spoil(path)
    for attempt in (lambda: probe_clip(path), lambda: list(read_frames(path))):
        with pytest.raises(RestageError, match="cannot be read as a video") as caught:
            attempt()
        assert caught.value.code == "video_unreadable"
        assert "\n" not in str(caught.value)


def test_a_cut_off_clip_gives_the_frames_it_has_and_a_warning(tmp_path: Path) -> None:
    # The index comes first, so the file opens although its second half is gone.
    whole = tmp_path / "whole.mp4"
    with av.open(str(DEMO)) as source, av.open(str(whole), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    content = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: len(content) // 2])

    events = SilentEvents()
    frames = list(read_frames(cut, events=events))
    assert 10 < len(frames) < 90
    assert [frame.number for frame in frames] == list(range(len(frames)))
    assert [event["event"] for event in events.events] == ["warning"]
    assert "of 100 frames" in events.events[0]["message"]


def test_a_picture_counts_as_a_clip_of_one_frame(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    path = tmp_path / "picture.mp4"
    path.write_bytes(cv2.imencode(".jpg", pictures[0][..., ::-1])[1].tobytes())
    frames = list(read_frames(path))
    assert len(frames) == 1
    assert_like(frames[0].picture, pictures[0])
    assert probe_clip(path).frame_count == 1

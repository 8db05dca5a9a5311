"""Decode a clip: upright pictures with square pixels and the time stamps of the container, one frame at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import RestageError
from .events import Events

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class ClipInfo:
    """What a clip is. Sizes are those of the pictures that read_frames gives.

    frame_rate: average frames a second; nominal_rate: the rate the stream announces, which differs when the times
    between frames vary; frame_count: from the container, 0 when it does not say, and never to be trusted: a damaged
    file has fewer; duration: seconds, 0 when unknown; rotation: degrees counter-clockwise that were applied;
    pixel_aspect: width of a stored pixel against its height.
    """

    width: int
    height: int
    frame_rate: float
    nominal_rate: float
    frame_count: int
    duration: float
    codec: str
    pixel_format: str
    rotation: int
    pixel_aspect: float
    variable_rate: bool


@dataclass(frozen=True)
class Frame:
    """One frame: its index in the clip counted from 0, its time in seconds, and its picture (H, W, 3) uint8 RGB."""

    number: int
    time: float
    picture: npt.NDArray[np.uint8]


def probe_clip(path: Path) -> ClipInfo:
    """What the clip at `path` is, from its header and first frame; raises RestageError `video_unreadable`."""
    with _open_video(path) as (container, stream):
        first = next(_decode(path, container, stream), None)
        if first is None:
            raise _unreadable(path, "it holds no frame that can be decoded")
        average = float(stream.average_rate or stream.guessed_rate or 0)
        nominal = float(stream.base_rate or stream.guessed_rate or 0)
        width, height = _upright_size(first, _pixel_aspect(stream))
        return ClipInfo(
            width=width,
            height=height,
            frame_rate=average,
            nominal_rate=nominal,
            frame_count=stream.frames,
            duration=_duration(container, stream),
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=first.format.name,
            rotation=first.rotation % 360,
            pixel_aspect=_pixel_aspect(stream),
            variable_rate=abs(average - nominal) > 0.01 * nominal,
        )


def read_frames(path: Path, frames: slice = slice(None), events: Events | None = None) -> Iterator[Frame]:
    """Decode the frames whose numbers are in `frames`, in order; one picture is in memory at a time.

    Times are the container's, start offset and varying steps included. A frame without a time stamp follows the
    one before it by the step that was last seen (by the nominal rate at the start). A damaged or cut-off clip
    gives the frames it has and a `warning` event; one with no frame at all raises RestageError `video_unreadable`.
    """
    wanted = _Numbers(frames)
    with _open_video(path) as (container, stream):
        step = 1.0 / float(stream.guessed_rate or stream.average_rate or 25)
        previous: float | None = None
        number = -1
        for number, decoded in enumerate(_decode(path, container, stream, events)):
            time = decoded.time
            if time is None:
                time = previous + step if previous is not None else _start(stream)
            elif previous is not None and time > previous:
                step = time - previous
            previous = time
            if number in wanted:
                yield Frame(number, time, _upright_picture(decoded, _pixel_aspect(stream)))
            if number >= wanted.last:
                return
        if number < 0:
            raise _unreadable(path, "it holds no frame that can be decoded")


def describe_clip(path: Path) -> dict[str, Any]:
    """What `probe` prints: the fields of ClipInfo, and `readable`; raises RestageError `video_unreadable`."""
    return {"path": str(path), "readable": True} | asdict(probe_clip(path))


class _Numbers:
    """The frame numbers that a slice selects, for a clip of unknown length."""

    def __init__(self, frames: slice) -> None:
        self._start = frames.start or 0
        self._stop = frames.stop
        self._step = frames.step or 1
        # Decoding may stop after this number.
        self.last = float("inf") if frames.stop is None else frames.stop - 1

    def __contains__(self, number: int) -> bool:
        inside = number >= self._start and (self._stop is None or number < self._stop)
        return inside and (number - self._start) % self._step == 0


@contextmanager
def _open_video(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    import av
    from av.error import FFmpegError
    from av.stream import Disposition

    if not path.is_file():
        raise _unreadable(path, "there is no such file")
    if path.stat().st_size == 0:
        raise _unreadable(path, "the file is empty")
    try:
        container = av.open(str(path))
    except FFmpegError as error:
        raise _unreadable(path, "it is not a video, or it was cut off or damaged") from error
    with container:
        # Pictures attached to sound files count as video streams.
        streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            raise _unreadable(path, "it has no video stream, only sound or other data")
        stream = streams[0]
        if stream.codec_context is None:
            raise _unreadable(path, "this installation has no decoder for its video")
        yield container, stream


def _decode(
    path: Path, container: "InputContainer", stream: "VideoStream", events: Events | None = None
) -> Iterator["VideoFrame"]:
    """Decode every frame that can be decoded; warn when some could not, raise when none could."""
    from av.error import FFmpegError

    count = 0
    problem = ""
    for packet in container.demux(stream):
        try:
            decoded = packet.decode()
        except FFmpegError as error:
            problem = error.strerror or str(error)
            continue
        count += len(decoded)
        yield from decoded
    if count == 0 and problem:
        raise _unreadable(path, f"its video cannot be decoded ({problem})")
    if events is not None and (problem or count < stream.frames):
        of_all = f" of {stream.frames}" if stream.frames else ""
        events.emit(
            "warning",
            message=f"{path.name} is damaged or cut off: {count}{of_all} frames could be decoded and are used.",
        )


def _upright_picture(frame: "VideoFrame", aspect: float) -> npt.NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB with the frame's rotation applied and its pixels made square."""
    import cv2

    picture = frame.to_ndarray(format="rgb24")
    width, height = _square_size(frame, aspect)
    if (width, height) != (frame.width, frame.height):
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(np.rot90(picture, _quarter_turns(frame)), np.uint8)


def _quarter_turns(frame: "VideoFrame") -> int:
    """Quarter turns counter-clockwise that make the stored picture upright."""
    return round(frame.rotation / 90) % 4


def _pixel_aspect(stream: "VideoStream") -> float:
    aspect = stream.sample_aspect_ratio
    return float(aspect) if aspect else 1.0


def _square_size(frame: "VideoFrame", aspect: float) -> tuple[int, int]:
    """(width, height) of the stored picture with square pixels; it only grows, so that no detail is lost."""
    return max(1, round(frame.width * max(aspect, 1.0))), max(1, round(frame.height * max(1.0 / aspect, 1.0)))


def _upright_size(frame: "VideoFrame", aspect: float) -> tuple[int, int]:
    width, height = _square_size(frame, aspect)
    return (height, width) if _quarter_turns(frame) % 2 else (width, height)


def _start(stream: "VideoStream") -> float:
    return float(stream.start_time * stream.time_base) if stream.start_time and stream.time_base else 0.0


def _duration(container: "InputContainer", stream: "VideoStream") -> float:
    """Seconds, from the stream or else from the container; 0 when neither knows."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration else 0.0


def _unreadable(path: Path, reason: str) -> RestageError:
    return RestageError(
        "video_unreadable",
        f"{path} cannot be read as a video: {reason}. Choose another file, or convert it to MP4 (H.264) first.",
    )

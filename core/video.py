"""Decode a video file: upright pictures and the time stamps of the container, one frame at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RestageError
from .events import Events
from .footage import MOST_PIXELS, ClipInfo, Frame, FrameNumbers, fit_picture, rate_missing, unreadable
from .video_picture import PictureConverter, dynamic_range, has_alpha

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.error import FFmpegError
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

NO_FRAME = "it holds no frame that can be decoded"
# A pixel this much longer than wide, or wider than long, is a damaged header's.
MOST_ASPECT = 8.0


def probe_video(path: Path, rate: float = 0.0) -> ClipInfo:
    """What the video at `path` is, from its header and first frame; see core.clip.probe_clip."""
    with _open_video(path) as (container, stream):
        first = next(_decode(path, container, stream), None)
        if first is None:
            raise unreadable(path, NO_FRAME)
        if first.time is None and not rate:
            raise rate_missing(path, "has no time stamps")
        average = rate or float(stream.average_rate or stream.guessed_rate or 0)
        nominal = rate or float(stream.base_rate or stream.guessed_rate or 0)
        aspect = _pixel_aspect(stream)
        width, height = PictureConverter(aspect).size(first)
        return ClipInfo(
            width=width,
            height=height,
            frame_rate=average,
            nominal_rate=nominal,
            frame_count=_frame_count(container, stream, average),
            duration=_duration(container, stream),
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=first.format.name,
            rotation=first.rotation % 360,
            pixel_aspect=aspect,
            variable_rate=abs(average - nominal) > 0.01 * nominal,
            dynamic_range=dynamic_range(first),
            alpha=has_alpha(first),
        )


def read_video(path: Path, frames: slice, events: Events | None = None, rate: float = 0.0) -> Iterator[Frame]:
    """Decode a video's frames; see core.clip.read_frames."""
    wanted = FrameNumbers(frames)
    with _open_video(path) as (container, stream):
        convert = PictureConverter(_pixel_aspect(stream))
        times = _Times(path, rate)
        size: tuple[int, int] | None = None
        changed = False
        number = -1
        for number, decoded in enumerate(_decode(path, container, stream, events)):
            time = times.of(number, decoded.time)
            if number in wanted:
                size = size or convert.size(decoded)
                changed = _tell_change(path, changed, convert.size(decoded) != size, events)
                alpha = convert.alpha(decoded)
                picture = fit_picture(convert.picture(decoded), size)
                yield Frame(number, time, picture, None if alpha is None else fit_picture(alpha, size))
            if number >= wanted.last:
                return
        if number < 0:
            raise unreadable(path, NO_FRAME)


class _Times:
    """The frames' times: the container's, or those of a rate that was given."""

    def __init__(self, path: Path, rate: float) -> None:
        self._path, self._rate = path, rate
        self._before: float | None = None
        self._step: float | None = None

    def of(self, number: int, stamp: float | None) -> float:
        """Seconds; a frame without a time stamp follows the one before it by the step that was last seen."""
        if self._rate:
            return number / self._rate
        if stamp is None:
            if self._before is None or self._step is None:
                raise rate_missing(self._path, "has frames without time stamps at its start")
            stamp = self._before + self._step
        elif self._before is not None and stamp > self._before:
            self._step = stamp - self._before
        self._before = stamp
        return stamp


def _tell_change(path: Path, told: bool, changes: bool, events: Events | None) -> bool:
    """Say once that a clip's pictures change their size; returns whether it was said."""
    if changes and not told and events is not None:
        events.emit(
            "warning", message=f"The pictures of {path.name} change their size; all are fitted into the first one's."
        )
    return told or changes


@contextmanager
def _open_video(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    import av
    from av.error import FFmpegError
    from av.stream import Disposition

    if not path.is_file():
        raise unreadable(path, "there is no such file")
    if path.stat().st_size == 0:
        raise unreadable(path, "the file is empty")
    try:
        # Files only: a playlist may not fetch what it names.
        container = av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except PermissionError as error:
        raise RestageError(
            "video_unreadable",
            f"{path} cannot be read: you have no right to ({error.strerror}). Change its rights, or copy it to a folder"
            " of your own.",
        ) from error
    except (FFmpegError, ValueError, OverflowError) as error:
        raise unreadable(path, "it is not a video, or it was cut off or damaged") from error
    with container:
        # Pictures attached to sound files count as video streams.
        streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            raise unreadable(path, "it has no video stream, only sound or other data")
        stream = streams[0]
        if stream.codec_context is None:
            raise unreadable(path, "this installation has no decoder for its video")
        if stream.codec_context.width * stream.codec_context.height > MOST_PIXELS:
            raise unreadable(path, f"its pictures would have more than {MOST_PIXELS // 1_000_000} million pixels")
        yield container, stream


def _decode(
    path: Path, container: "InputContainer", stream: "VideoStream", events: Events | None = None
) -> Iterator["VideoFrame"]:
    """Decode every frame that can be decoded; warn when some could not, raise when none could."""
    from av.error import FFmpegError

    count = 0
    problem = ""
    decoder = _decoder(stream)
    for packet in _packets(container, stream):
        if isinstance(packet, FFmpegError):
            # Nothing more can be read; what the decoder still holds is given.
            problem, packet = packet.strerror or str(packet), None
        try:
            decoded = decoder.decode(packet)
        except FFmpegError as error:
            problem = error.strerror or str(error)
            continue
        count += len(decoded)
        yield from decoded
    if count == 0 and problem:
        raise unreadable(path, f"its video cannot be decoded ({problem})")
    if events is not None and (problem or count < stream.frames):
        of_all = f" of {stream.frames}" if stream.frames else ""
        events.emit(
            "warning",
            message=f"{path.name} is damaged or cut off: {count}{of_all} frames could be decoded and are used.",
        )


def _packets(container: "InputContainer", stream: "VideoStream") -> Iterator["Packet | FFmpegError"]:
    """The stream's packets, and at last the error if one ends them early."""
    from av.error import FFmpegError

    try:
        yield from container.demux(stream)
    except FFmpegError as error:
        yield error


def _decoder(stream: "VideoStream") -> "VideoCodecContext":
    """The stream's decoder; for VP8 and VP9 with transparency, which FFmpeg's own leave out, one that keeps it."""
    from av import CodecContext
    from av.video.codeccontext import VideoCodecContext

    libraries = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
    name = libraries.get(stream.codec_context.codec.canonical_name)
    tags = {key.lower(): value for key, value in stream.metadata.items()}
    if name and tags.get("alpha_mode") == "1":
        decoder = CodecContext.create(name, "r")
        if isinstance(decoder, VideoCodecContext):
            return decoder
    return stream.codec_context


def _pixel_aspect(stream: "VideoStream") -> float:
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if 1.0 / MOST_ASPECT <= aspect <= MOST_ASPECT else 1.0


def _frame_count(container: "InputContainer", stream: "VideoStream", rate: float) -> int:
    """About how many frames there are, from the container or from its duration; 0 when nothing says it."""
    # Formats of single pictures.
    if container.format.name.endswith("_pipe"):
        return 1
    return stream.frames or round(_duration(container, stream) * rate)


def _duration(container: "InputContainer", stream: "VideoStream") -> float:
    """Seconds, from the stream or else from the container; 0 when neither knows."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration else 0.0

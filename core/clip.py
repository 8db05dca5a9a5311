"""Decode a clip, a video or a folder of pictures: upright pictures with their times, one frame at a time."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .events import Events
from .footage import ClipInfo, Frame
from .sequence import probe_sequence, read_sequence
from .video import probe_video, read_video

__all__ = ["ClipInfo", "Frame", "describe_clip", "probe_clip", "read_frames"]


def probe_clip(path: Path, rate: float = 0.0) -> ClipInfo:
    """What the clip at `path` is, from its header and first frame.

    rate: as for read_frames. Raises RestageError `video_unreadable`, `rate_missing`, and for folders `images_missing`
    and `picture_unreadable`.
    """
    return probe_sequence(path, rate) if path.is_dir() else probe_video(path, rate)


def read_frames(
    path: Path, frames: slice = slice(None), events: Events | None = None, rate: float = 0.0
) -> Iterator[Frame]:
    """Decode the frames whose numbers are in `frames`, in order; one picture is in memory at a time.

    Times are the container's, start offset and varying steps included; a frame without a time stamp follows the one
    before it by the step that was last seen. rate: frames a second, which replaces the container's times, and which a
    folder of pictures and a stream without times need. A damaged or cut-off clip gives the frames it has and a
    `warning` event; one with no frame at all raises RestageError `video_unreadable`, one without times `rate_missing`.
    """
    return read_sequence(path, frames, events, rate) if path.is_dir() else read_video(path, frames, events, rate)


def describe_clip(path: Path, rate: float = 0.0) -> dict[str, Any]:
    """What `probe` prints: the fields of ClipInfo, and `readable`; raises RestageError as probe_clip."""
    return {"path": str(path), "readable": True} | asdict(probe_clip(path, rate))

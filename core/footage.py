"""What decoding gives, whatever it decodes: a clip's description and its frames, one after the other."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import RestageError

Bytes = npt.NDArray[np.uint8]

# More than any camera takes; a file that claims more is damaged, or made to fill the memory.
MOST_PIXELS = 200_000_000


@dataclass(frozen=True)
class ClipInfo:
    """What a clip is. Sizes are those of the pictures that read_frames gives.

    frame_rate: average frames a second; nominal_rate: the rate the stream announces, which differs when the times
    between frames vary; both 0 where nothing says it. frame_count: from the container or its duration, 0 when neither
    says it, and never to be trusted: a damaged file has fewer; duration: seconds, 0 when unknown; rotation: degrees
    counter-clockwise that were applied; pixel_aspect: width of a stored pixel against its height; dynamic_range: SDR,
    PQ or HLG; alpha: whether the pictures say which parts of them are transparent.
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
    dynamic_range: str = "SDR"
    alpha: bool = False


@dataclass(frozen=True)
class Frame:
    """One frame: its index in the clip counted from 0, its time in seconds, its picture (H, W, 3) uint8 RGB, and its
    opacity (H, W) uint8 where the clip has one."""

    number: int
    time: float
    picture: Bytes
    alpha: Bytes | None = None


class FrameNumbers:
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


def fit_picture(picture: Bytes, size: tuple[int, int]) -> Bytes:
    """A picture or opacity (H, W, ...) scaled into `size` (width, height), its shape kept, black where it does not
    reach: for clips whose pictures change their size on the way."""
    import cv2

    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    scale = min(size[0] / width, size[1] / height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    result = np.zeros((size[1], size[0], *picture.shape[2:]), np.uint8)
    result[top : top + inner[1], left : left + inner[0]] = scaled
    return result


def unreadable(path: Path, reason: str) -> RestageError:
    """The error `video_unreadable` for a clip."""
    return RestageError(
        "video_unreadable",
        f"{path} cannot be read as a video: {reason}. Choose another file, or convert it to MP4 (H.264) first.",
    )


def rate_missing(path: Path, what: str) -> RestageError:
    """The error `rate_missing`: `what` has no times of its own."""
    return RestageError(
        "rate_missing",
        f"{path} {what}, so nothing says how fast it runs. Give --rate, its frames a second, for example --rate 30.",
    )

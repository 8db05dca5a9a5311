"""Clips with several people, small people and people who are cut off, made from the bundled clip."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import av
import numpy as np

from core.clip import read_frames

Bytes = np.ndarray

DEMO = Path(__file__).parents[3] / "demo" / "balance.mp4"
# Where the man is in every frame of the clip, 612 x 1080.
MAN = (slice(180, 760), slice(100, 460))


@cache
def pictures() -> tuple[Bytes, ...]:
    """Every fifth picture of the clip."""
    return tuple(frame.picture for frame in read_frames(DEMO, slice(0, 100, 5)))


def room(width: int, height: int) -> Bytes:
    """A wall and a floor that nobody is on."""
    picture = np.full((height, width, 3), (170, 165, 150), np.uint8)
    picture[int(0.7 * height) :] = (90, 70, 55)
    return picture


def paste(picture: Bytes, man: Bytes, left: int, top: int) -> Bytes:
    picture[top : top + man.shape[0], left : left + man.shape[1]] = man
    return picture


def recoloured(man: Bytes) -> Bytes:
    """The man in a mirror, darker and bluer, as if he were another in other clothes."""
    return np.ascontiguousarray(man[:, ::-1] * np.array([0.55, 0.75, 0.95])).astype(np.uint8)


def side_by_side(row: int) -> Bytes:
    """The man on the left, the other on the right."""
    picture = room(1100, 620)
    paste(picture, pictures()[row][MAN], 40, 20)
    return paste(picture, recoloured(pictures()[row + 1][MAN]), 600, 20)


def write_clip(path: Path, frames: Iterable[Bytes], rate: int) -> Path:
    """A video of pictures (H, W, 3) uint8 RGB of even size."""
    with av.open(str(path), "w") as container:
        stream = None
        for picture in frames:
            if stream is None:
                stream = container.add_stream("libx264", rate=rate, options={"crf": "18"})
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        assert stream is not None
        container.mux(stream.encode())
    return path

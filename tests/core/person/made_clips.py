"""Clips with several people, small people and people who are cut off, made from the bundled clip."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import av
import cv2
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


def drawn(phase: float) -> Bytes:
    """A cartoon's man who walks, (480, 480, 3): even colours in black outlines."""
    picture = np.full((480, 480, 3), (200, 230, 255), np.uint8)
    picture[400:] = (120, 200, 90)
    swing = np.sin(phase)
    shirt, trousers, skin, black = (220, 40, 40), (40, 60, 180), (255, 210, 150), (0, 0, 0)

    def limb(start: tuple[int, int], length: int, angles: tuple[float, float], colour: tuple, width: int) -> None:
        points = [np.array(start, float)]
        for angle in angles:
            points.append(points[-1] + length * np.array([np.sin(angle), np.cos(angle)]))
        line = np.array(points).astype(np.int32)
        cv2.polylines(picture, [line], False, black, width + 6)
        cv2.polylines(picture, [line], False, colour, width)
        cv2.circle(picture, line[-1].tolist(), width * 2 // 3, skin, -1)

    for side in (-1, 1):
        limb((240 + 12 * side, 270), 65, (0.5 * swing * side, 0.5 * swing * side - 0.2), trousers, 22)
    cv2.ellipse(picture, (240, 220), (42, 62), 0, 0, 360, black, -1)
    cv2.ellipse(picture, (240, 220), (38, 58), 0, 0, 360, shirt, -1)
    for side in (-1, 1):
        limb((240 + 36 * side, 180), 46, (0.5 * side + 0.4 * swing, 0.7 * side + 0.6 * swing), shirt, 18)
    cv2.circle(picture, (240, 115), 46, black, -1)
    cv2.circle(picture, (240, 115), 42, skin, -1)
    for side in (-1, 1):
        cv2.circle(picture, (240 + 16 * side, 105), 10, (255, 255, 255), -1)
        cv2.circle(picture, (240 + 16 * side, 105), 5, black, -1)
    cv2.ellipse(picture, (240, 128), (16, 10), 0, 0, 180, (150, 0, 0), -1)
    return picture


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

"""Writes pictures as an H.264 video."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from ..job import PARTIAL
from ..picture import Picture

# Constant quality of x264: clean edges of drawn things, small files.
QUALITY = "20"


def write_video(path: Path, pictures: Iterable[Picture], rate: float) -> Path:
    """Write (H, W, 3) uint8 RGB pictures, all of one even size, as MP4 that browsers play; it appears when complete."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    try:
        with av.open(str(partial), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001))
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": QUALITY}
            for number, picture in enumerate(pictures):
                if number == 0:
                    stream.height, stream.width = picture.shape[:2]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path

"""Writes pictures as an H.264 video."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from ..errors import RestageError
from ..job import atomic_write
from ..picture import Picture

ENCODER = "libx264"
# Constant quality of x264: clean edges of drawn things, small files.
QUALITY = "20"


def write_video(path: Path, pictures: Iterable[Picture], rate: float) -> Path:
    """Write (H, W, 3) uint8 RGB pictures, all of one even size, as MP4 that browsers play; it appears when complete.
    Raises RestageError `encoder_missing`."""
    import av

    if ENCODER not in av.codecs_available:
        raise RestageError(
            "encoder_missing",
            f"{path.name} was not made: this Python's package av has no encoder for H.264 ({ENCODER}). Set the engine"
            " up; what it fetches has one.",
        )
    with atomic_write(path) as file, av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(ENCODER, rate=Fraction(rate).limit_denominator(1001))
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": QUALITY}
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path

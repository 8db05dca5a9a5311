"""Picture files to arrays and back. Goes around cv2's own file functions, which fail on non-ASCII paths on Windows."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import RestageError
from .job import atomic_write

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]


def read_picture(path: Path) -> Picture:
    """A picture as (height, width, 3) uint8 RGB. Raises RestageError `picture_unreadable`."""
    import cv2

    return cv2.cvtColor(_decode(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def read_mask(path: Path) -> Mask:
    """A mask as (height, width) uint8, 0-255. Raises RestageError `picture_unreadable`."""
    import cv2

    return _decode(path, cv2.IMREAD_GRAYSCALE)


def write_jpeg(path: Path, picture: Picture) -> None:
    """Write (height, width, 3) uint8 RGB atomically, nearly without loss."""
    import cv2

    flags = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _write(path, cv2.imencode(".jpg", picture[..., ::-1], flags)[1].tobytes())


def write_mask(path: Path, mask: Mask) -> None:
    """Write (height, width) uint8 as PNG atomically."""
    import cv2

    _write(path, cv2.imencode(".png", mask, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes())


def png_bytes(picture: Picture) -> bytes:
    """(height, width, 3) uint8 RGB as a PNG file's bytes."""
    import cv2

    return cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()


def write_png(path: Path, picture: Picture) -> None:
    """Write (height, width, 3) uint8 RGB atomically."""
    _write(path, png_bytes(picture))


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as stream:
        stream.write(content)


def _decode(path: Path, mode: int) -> Picture:
    import cv2

    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    picture = cv2.imdecode(content, mode) if len(content) else None
    if picture is None:
        raise _unreadable(path, "it is not a picture")
    return picture.astype(np.uint8, copy=False)


def _unreadable(path: Path, why: str) -> RestageError:
    return RestageError(
        "picture_unreadable",
        f"{path} cannot be read: {why}. Run the reconstruction again with --restart.",
    )

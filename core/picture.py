"""Picture files to arrays and back. Goes around cv2's own file functions, which fail on non-ASCII paths on Windows."""

import io
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import RestageError
from .footage import MOST_PIXELS
from .job import atomic_write

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]

# What is read at all, by content and not by ending; and which files may have an alpha channel.
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
ALPHA_ENDINGS = (".png", ".webp", ".tif", ".tiff")


def read_picture(path: Path) -> Picture:
    """A picture as (height, width, 3) uint8 RGB. Raises RestageError `picture_unreadable`."""
    import cv2

    return cv2.cvtColor(_decode(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def read_mask(path: Path) -> Mask:
    """A mask as (height, width) uint8, 0-255. Raises RestageError `picture_unreadable`."""
    import cv2

    return _decode(path, cv2.IMREAD_GRAYSCALE).astype(np.uint8, copy=False)


def read_with_alpha(path: Path) -> tuple[Picture, Mask | None]:
    """A picture as read_picture gives it, and its opacity (height, width) uint8 where the file has one.

    Raises RestageError `picture_unreadable`.
    """
    import cv2

    if path.suffix.lower() in ALPHA_ENDINGS:
        stored = _decode(path, cv2.IMREAD_UNCHANGED)
        if stored.ndim == 3 and stored.shape[2] == 4:
            eight_bit = stored if stored.dtype == np.uint8 else (stored >> 8).astype(np.uint8)
            return cv2.cvtColor(eight_bit, cv2.COLOR_BGRA2RGB).astype(np.uint8, copy=False), eight_bit[..., 3].copy()
    return read_picture(path), None


def write_jpeg(path: Path, picture: Picture) -> None:
    """Write (height, width, 3) uint8 RGB atomically, nearly without loss."""
    import cv2

    flags = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _write(path, cv2.imencode(".jpg", picture[..., ::-1], flags)[1].tobytes())


def jpeg_bytes(picture: Picture, longest: int) -> bytes:
    """(height, width, 3) uint8 RGB as a small JPEG file's bytes, at most `longest` pixels along its longer side."""
    import cv2

    scale = longest / max(picture.shape[:2])
    if scale < 1.0:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def write_mask(path: Path, mask: Mask) -> None:
    """Write (height, width) uint8 as PNG atomically."""
    import cv2

    _write(path, cv2.imencode(".png", mask, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes())


def png_bytes(picture: Picture) -> bytes:
    """(height, width, 3) uint8 RGB as a PNG file's bytes."""
    import cv2

    return cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes()


def write_png(path: Path, picture: Picture) -> None:
    """Write (height, width, 3) uint8 RGB atomically."""
    _write(path, png_bytes(picture))


def write_picture(path: Path, picture: Picture) -> None:
    """A JPEG file where the name ends so, else PNG; see write_jpeg, write_png."""
    write = write_jpeg if path.suffix.lower() in (".jpg", ".jpeg") else write_png
    write(path, picture)


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as stream:
        stream.write(content)


def _decode(path: Path, mode: int) -> npt.NDArray:
    import cv2

    try:
        if not path.is_file():
            raise _unreadable(path, "there is no such file")
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    _check_size(path, content)
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), mode)
    except cv2.error as error:
        raise _unreadable(path, "it is damaged") from error
    if picture is None:
        raise _unreadable(path, "it is damaged")
    return picture


def _check_size(path: Path, content: bytes) -> None:
    """Refuse what is no picture, and one that would fill the memory, by the header alone."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=FORMATS) as header:
                width, height = header.size
    except Image.DecompressionBombError as error:
        raise _unreadable(path, f"it would have more than {MOST_PIXELS // 1_000_000} million pixels") from error
    # Pillow's readers raise whatever a damaged file leads them to.
    except Exception as error:
        raise _unreadable(path, "it is not a picture") from error
    if width * height > MOST_PIXELS:
        raise _unreadable(path, f"it would have more than {MOST_PIXELS // 1_000_000} million pixels")


def _unreadable(path: Path, why: str) -> RestageError:
    return RestageError(
        "picture_unreadable",
        f"{path} cannot be read: {why}. If you made it, write it again; if it is in a job folder, run the"
        " reconstruction again with --restart.",
    )

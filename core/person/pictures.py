"""Reading the pictures and masks that the person stage wrote."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from ..job import Job
from ..spaces import Crop

Pixels = npt.NDArray[np.uint8]


def read_picture(job: Job, number: int) -> Pixels:
    """A frame's picture, (H, W, 3) uint8 RGB. Raises RestageError `picture_unreadable`."""
    import cv2

    return np.ascontiguousarray(_read(job.picture_path(number), cv2.IMREAD_COLOR)[..., ::-1])


def read_mask(job: Job, number: int) -> Pixels:
    """A frame's mask, (H, W) uint8, 0-255. Raises RestageError `picture_unreadable`."""
    import cv2

    return _read(job.mask_path(number), cv2.IMREAD_GRAYSCALE)


def read_crop_mask(job: Job, number: int, crop: Crop, size: int) -> npt.NDArray[np.float32]:
    """A frame's mask in its crop, resampled to (size, size), 0-1. Raises RestageError `picture_unreadable`."""
    import cv2

    mask, shrink = read_mask(job, number).astype(np.float32) / 255, crop.side / size
    # Averaging first, since warpAffine looks at four pixels only however much it shrinks.
    if shrink > 1.5:
        mask = cv2.blur(mask, (round(shrink), round(shrink)))
    return np.asarray(cv2.warpAffine(mask, crop.affine(size), (size, size)), np.float32)


def _read(path: Path, flags: int) -> Pixels:
    """Decode a picture; cv2.imread itself fails on paths with other than ASCII letters on Windows."""
    import cv2

    encoded = np.fromfile(path, np.uint8) if path.exists() else np.zeros(0, np.uint8)
    pixels = cv2.imdecode(encoded, flags) if len(encoded) else None
    if pixels is None:
        raise RestageError(
            "picture_unreadable", f"{path} is missing or damaged. Run the reconstruction again with --restart."
        )
    return np.asarray(pixels, np.uint8)

"""The person's mask as the crop shows it."""

import numpy as np
import numpy.typing as npt

from ..job import Job
from ..picture import read_mask
from ..spaces import Crop


def read_crop_mask(job: Job, number: int, crop: Crop, size: int) -> npt.NDArray[np.float32]:
    """A frame's mask in its crop, resampled to (size, size), 0-1. Raises RestageError `picture_unreadable`."""
    import cv2

    mask, shrink = read_mask(job.mask_path(number)).astype(np.float32) / 255, crop.side / size
    # Averaging first, since warpAffine looks at four pixels only however much it shrinks.
    if shrink > 1.5:
        mask = cv2.blur(mask, (round(shrink), round(shrink)))
    return np.asarray(cv2.warpAffine(mask, crop.affine(size), (size, size)), np.float32)

"""A frame's picture and mask as its crop shows them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..job import Job
from ..picture import Picture, read_mask
from ..spaces import CROP_SIZE, Crop


def cut_picture(picture: Picture, crop: Crop) -> Picture:
    """The crop of a picture or mask (H, W, ...) uint8, CROP_SIZE square; black where it leaves the picture."""
    import cv2

    flags = cv2.INTER_AREA if crop.side > CROP_SIZE else cv2.INTER_LINEAR
    cut = cv2.warpAffine(picture, crop.affine(), (CROP_SIZE, CROP_SIZE), flags=flags)
    return cut.astype(np.uint8, copy=False)


def cut_mask(mask: npt.NDArray[np.float32], crop: Crop, size: int) -> npt.NDArray[np.float32]:
    """A mask (H, W) float32 0-1 in its crop, resampled to (size, size); 0 where it leaves the picture."""
    return cut(mask, crop, size).astype(np.float32, copy=False)


def cut(values: npt.NDArray[Any], crop: Crop, size: int) -> npt.NDArray[Any]:
    """A crop of anything (H, W, ...) that OpenCV resamples, averaged to (size, size, ...); 0 where it leaves the
    picture."""
    import cv2

    shrink = crop.side / size
    # Averaging first, since warpAffine looks at four pixels only however much it shrinks.
    if shrink > 1.5:
        values = cv2.blur(values, (round(shrink), round(shrink)))
    return cv2.warpAffine(values, crop.affine(size), (size, size))


def unseen_part(mask: npt.NDArray[np.float32], crop: Crop, image_size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """(S, S) bool: where the person goes on outside the picture, and the mask (S, S) of the crop cannot say how.

    These are all pixels outside the picture where the mask reaches its edge, else none. image_size: width, height.
    """
    import cv2

    size = len(mask)
    offsets = ((np.arange(size) + 0.5) / size - 0.5) * crop.side
    x, y = (offsets + centre for centre in crop.centre)
    beyond = ((y < 0) | (y >= image_size[1]))[:, None] | ((x < 0) | (x >= image_size[0]))
    # Resampling fades the mask within a pixel of the edge.
    near = cv2.dilate(beyond.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return beyond & bool((mask[near & ~beyond] > 0.5).any())


def read_crop_mask(job: Job, number: int, crop: Crop, size: int) -> npt.NDArray[np.float32]:
    """A frame's mask in its crop, resampled to (size, size), 0-1. Raises RestageError `picture_unreadable`."""
    return cut_mask(np.float32(1 / 255) * read_mask(job.mask_path(number)), crop, size)

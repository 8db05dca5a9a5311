"""Pictures read between their pixels, and carried on beyond what is known."""

import numpy as np
import numpy.typing as npt

from ..spaces import CROP_HALF

Float = npt.NDArray[np.float32]

# Canonical: how far from the middle the body is followed beyond the crop: a leg right before the camera has no end.
FOLLOWED = 1.5
# cv2.remap takes at most 32767 rows.
ROWS = 32000


def sample(values: Float | npt.NDArray[np.uint8], x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> Float:
    """Bilinear values of a picture (S, S), or (S, S, C), at (N, M) places, pixels from the middle of the first one;
    beyond the picture its border continues. Returns (N, M), or (N, M, C)."""
    import cv2

    x, y = x.astype(np.float32), y.astype(np.float32)
    rows = [slice(start, start + ROWS) for start in range(0, len(x), ROWS)]
    parts = [cv2.remap(values, x[row], y[row], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for row in rows]
    return np.concatenate(parts).astype(np.float32, copy=False) if parts else np.zeros(x.shape, np.float32)


def crop_pixels(points: Float, size: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Row and column, (N,) each, of the pixel of a crop's picture (size, size) that each canonical point (N, 3) falls
    into; beyond the crop, its border's."""
    columns = (points[:, 0] / CROP_HALF + 1) * size / 2
    rows = (1 - points[:, 1] / CROP_HALF) * size / 2
    return np.clip(rows.astype(int), 0, size - 1), np.clip(columns.astype(int), 0, size - 1)


def beyond_crop(points: Float) -> Float:
    """(N,) canonical units by which points (N, 3) lie outside the crop, seen from its camera; negative inside."""
    return np.abs(points[:, :2]).max(axis=1) - np.float32(CROP_HALF)


def nearest_known(known: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns (H, W) of the known pixel that is nearest to each, to within a few hundredths of its distance;
    at least one pixel must be known."""
    import cv2

    unknown = (~known).astype(np.uint8)
    found = cv2.distanceTransformWithLabels(unknown, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    labels = np.asarray(found[1], np.int32)
    pixel = np.zeros(int(labels.max()) + 1, np.intp)
    pixel[labels[known]] = np.flatnonzero(known)
    rows, columns = np.divmod(pixel, known.shape[1])
    return rows[labels], columns[labels]

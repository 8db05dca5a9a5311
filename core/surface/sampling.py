"""Pictures read between their pixels, and carried on beyond what is known."""

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]

# cv2.remap takes at most 32767 rows.
ROWS = 32000


def sample(values: Float, x: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> Float:
    """Bilinear values of a picture (S, S) at (N, M) places, pixels from the middle of the first one; beyond the picture
    its border continues. Returns (N, M)."""
    import cv2

    x, y = x.astype(np.float32), y.astype(np.float32)
    rows = [slice(start, start + ROWS) for start in range(0, len(x), ROWS)]
    parts = [cv2.remap(values, x[row], y[row], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for row in rows]
    return np.concatenate(parts).astype(np.float32, copy=False) if parts else np.zeros(x.shape, np.float32)


def nearest_known(known: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns (H, W) of the known pixel that is nearest to each; at least one pixel must be known."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = np.asarray(distance_transform_edt(~known, return_distances=False, return_indices=True))
    return rows, columns

"""Brings pictures, masks and body maps into the form that the network takes."""

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]


def masked_picture(picture: npt.NDArray[np.uint8], mask: Float) -> Float:
    """(H, W, 3) uint8 RGB and (H, W) 0-1 -> (4, H, W) RGB times mask, and mask."""
    colours = picture.astype(np.float32).transpose(2, 0, 1) / 255.0 * mask
    return np.concatenate([colours, mask[None]]).astype(np.float32)


def filled(maps: Float) -> Float:
    """Body maps (C, size, size) with front and back carried on beyond the body's outline, by the nearest pixel: hair,
    skirts and wide sleeves begin where the body ends."""
    from scipy.ndimage import distance_transform_edt

    inside = maps[0] > 0
    if not inside.any():
        return maps
    nearest = np.asarray(distance_transform_edt(~inside, return_distances=False, return_indices=True))
    rows, columns = nearest
    result = maps[:, rows, columns]
    result[0] = maps[0]
    return result

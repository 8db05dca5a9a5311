"""Brings pictures, masks and body maps into the form that the network takes."""

import numpy as np
import numpy.typing as npt

from ..surface.sampling import nearest_known

Float = npt.NDArray[np.float32]


def masked_picture(picture: npt.NDArray[np.uint8], mask: Float) -> Float:
    """(H, W, 3) uint8 RGB and (H, W) 0-1 -> (4, H, W) RGB times mask, and mask."""
    colours = picture.astype(np.float32).transpose(2, 0, 1) / 255.0 * mask
    return np.concatenate([colours, mask[None]]).astype(np.float32)


def filled(maps: Float) -> Float:
    """Body maps (C, size, size) with front and back carried on beyond the body's outline, by the nearest pixel: hair,
    skirts and wide sleeves begin where the body ends."""
    inside = maps[0] > 0
    if not inside.any():
        return maps
    rows, columns = nearest_known(inside)
    result = maps[:, rows, columns]
    result[0] = maps[0]
    return result


def columns_shown(mask: Float, body: Float, step: int) -> int:
    """How many columns around the middle of the crop to look at: those that hold the person, with some room for hair
    and clothes that the mask may miss. (S, S) mask and (S, S) body map -> a multiple of `step`.

    Never a narrow strip: the network normalises over the whole picture, and knows none with hardly any background.
    """
    size = mask.shape[1]
    columns = np.flatnonzero(((mask > 0.1) | (body > 0)).any(axis=0))
    if not len(columns):
        return size
    half = max(size / 2 - columns[0], columns[-1] + 1 - size / 2) + ROOM
    return int(min(size, max(LEAST * size, -(-2 * half // step) * step)))


# Pixels of the map; and a share of its width.
ROOM, LEAST = 3, 5 / 8

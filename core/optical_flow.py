"""Where everything in a picture goes until another one."""

import numpy as np
import numpy.typing as npt


def optical_flow(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(H, W, 2) pixels, x right, y down, from each place of a grey picture (H, W) to where it is in a second one: dense
    inverse search (Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016)."""
    import cv2

    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(search.calc(first, second, np.zeros((*first.shape, 2), np.float32)), np.float32)

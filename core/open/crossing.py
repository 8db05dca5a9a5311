"""Finds what passes in front of a person: a forearm before the chest, a ball before the leg. The network, which takes
the back to be coloured like the front, would copy it onto the back."""

import numpy as np
import numpy.typing as npt

from .body_maps import BodyShape

Float = npt.NDArray[np.float32]

# Difference of colours, 0-255, from which on something passes, and at which it surely does; light alone makes less.
DIFFERENT = (50.0, 90.0)
# Pixels by which what passes is made wider: its soft edge.
WIDER = 3


def crossing(body: BodyShape, memory: Float, picture: npt.NDArray[np.uint8], size: int) -> Float:
    """(size, size) 0-1: where the picture is coloured unlike what the clip knows of the body's front.

    memory: (V, 4) colours 0-255 of the body's vertices, and how far the clip knows them, 0-1; picture: (S, S, 3) uint8
    RGB of the crop, S a multiple of size.
    """
    import cv2

    front, _ = body.layers(size)
    expected = np.zeros((size, size, 4), np.float32)
    corners = memory[body.caster.faces[front.face[front.seen]]]
    expected[front.seen] = np.einsum("mk,mkc->mc", front.barycentric[front.seen], corners)
    shown = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
    difference = np.linalg.norm(shown - expected[..., :3], axis=2)
    sure = np.clip((difference - DIFFERENT[0]) / (DIFFERENT[1] - DIFFERENT[0]), 0.0, 1.0)
    strange = (sure * expected[..., 3] * front.seen).astype(np.float32)
    return cv2.dilate(strange, np.ones((2 * WIDER + 1, 2 * WIDER + 1), np.uint8)).astype(np.float32, copy=False)

"""Finds balls: where some frames show that a thing is round, its outline tells it from a shoe of its colour."""

import numpy as np
import numpy.typing as npt

from .thing import closed, disc

Mask = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float32]

# A round thing fills so much of the smallest circle around it; so many frames have one.
ROUND, FRAMES = 0.8, 3
# How far balls may be from that radius: they come nearer and go away.
SIZES = (0.85, 0.92, 1.0, 1.08)
# So much of a ball has its colours, and so much more of its rim than of what is around it, of which the rest may be a
# shoe that kicks it; so much of it is not of the person's colours, and in the mask.
FILLED, OUTLINED, FOREIGN, WITHIN = 0.95, 0.55, 0.4, 0.1
# Pixels from a ball's rim to what is around it: its edge is soft.
SOFT = 2
MOST = 3


def common_radius(things: list[Mask], shown: list[Mask]) -> float | None:
    """Pixels from the middle to the rim of things (SIZE, SIZE) of several frames, given where these have the things'
    colours; None where few are round."""
    import cv2

    radii = []
    for thing, colours in zip(things, shown, strict=True):
        outlines, _ = cv2.findContours(thing.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        largest = max(outlines, key=cv2.contourArea)
        circle = float(cv2.minEnclosingCircle(largest)[1])
        if cv2.contourArea(largest) > ROUND * np.pi * circle**2:
            radii.append(float(np.sqrt((thing & colours).sum() / np.pi)))
    return float(np.median(radii)) if len(radii) >= FRAMES else None


def find_balls(shown: Mask, wanted: Mask, mask: Mask, radius: float) -> Mask:
    """(SIZE, SIZE) the balls of a frame; shown: where its crop has a thing's colours, wanted: where the body has such
    colours itself; mask: where it shows the person; radius: of the clip's balls."""
    found = np.zeros_like(shown)
    colours, foreign, within = (part.astype(np.float32) for part in (shown, shown & ~wanted, mask))
    scores = []
    for size in SIZES:
        inner, middle, outer = (disc(2 * round(radius * size + by) + 1) for by in (-SOFT, 0, SOFT))
        far = disc(2 * round(radius * size + SOFT + 1) + 1)
        rim = _share(colours, _padded(middle, far) - _padded(inner, far))
        around = _share(colours, far - _padded(outer, far))
        fill, edge = _share(colours, middle), rim - around
        ball = (fill > FILLED) & (edge > OUTLINED)
        ball &= (_share(foreign, middle) > FOREIGN) & (_share(within, middle) > WITHIN)
        scores.append(np.where(ball, fill + edge, 0.0))
    best = np.stack(scores)
    rows, columns = np.indices(shown.shape)
    for _ in range(MOST):
        size, row, column = np.unravel_index(int(best.argmax()), best.shape)
        if best[size, row, column] <= 0:
            break
        ball = np.hypot(rows - row, columns - column) <= round(radius * SIZES[size])
        found |= ball
        best[:, ball] = 0
    return found & closed(shown)


def _share(values: Float, where: npt.NDArray[np.uint8]) -> Float:
    """(SIZE, SIZE) the mean of values over a shape laid around each pixel."""
    import cv2

    kernel = where.astype(np.float32) / np.float32(where.sum())
    return np.asarray(cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_CONSTANT), np.float32)


def _padded(shape: npt.NDArray[np.uint8], to: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    by = (len(to) - len(shape)) // 2
    return np.pad(shape, by)

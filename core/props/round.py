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
# With less of these where an edge of the picture goes round it: what few colours tell of a ball in the shade of a shoe.
PARTLY_FILLED, PARTLY_OUTLINED, MOSTLY_FOREIGN, EDGED = 0.8, 0.45, 0.6, 0.9
# Pixels from a ball's rim to what is around it: its edge is soft.
SOFT = 2
# The picture's edges: blurred by so many pixels, so much steeper (CIELAB a pixel) than what is flat, pointing to the
# middle or away from it (cosine), and at so many pixels from the rim.
BLUR, STEEP, STRAIGHT, NEAR_RIM = 1.0, 2.0, 0.8, (-1.5, -0.5, 0.5, 1.5)
DIRECTIONS = 72
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


def find_balls(picture: npt.NDArray[np.uint8], shown: Mask, wanted: Mask, mask: Mask, radius: float) -> Mask:
    """(SIZE, SIZE) the balls of a frame; picture: (SIZE, SIZE, 3) uint8 RGB, its crop; shown: where that has a thing's
    colours, wanted: where the body has such colours itself; mask: where it shows the person; radius: of the clip's
    balls."""
    found = np.zeros_like(shown)
    across, down = _slopes(picture)
    colours, foreign, within = (part.astype(np.float32) for part in (shown, shown & ~wanted, mask))
    scores = []
    for size in SIZES:
        inner, middle, outer = (disc(2 * round(radius * size + by) + 1) for by in (-SOFT, 0, SOFT))
        far = disc(2 * round(radius * size + SOFT + 1) + 1)
        rim = _share(colours, _padded(middle, far) - _padded(inner, far))
        around = _share(colours, far - _padded(outer, far))
        fill, edge = _share(colours, middle), rim - around
        strange, inside = _share(foreign, middle), _share(within, middle) > WITHIN
        ball = (fill > FILLED) & (edge > OUTLINED) & (strange > FOREIGN) & inside
        likely = (fill > PARTLY_FILLED) & (edge > PARTLY_OUTLINED) & (strange > MOSTLY_FOREIGN) & inside & ~ball
        ball[likely] = _edged(across, down, np.argwhere(likely), radius * size) > EDGED
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


def _slopes(picture: npt.NDArray[np.uint8]) -> tuple[Float, Float]:
    """(SIZE, SIZE) each: how the picture's colours (CIELAB) change to the right and down, by the channel that changes
    most."""
    import cv2

    colours = cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    smooth = cv2.GaussianBlur(colours, (0, 0), BLUR)
    across, down = (np.asarray(cv2.Sobel(smooth, -1, *order, scale=1 / 8), np.float32) for order in ((1, 0), (0, 1)))
    most = np.hypot(across, down).argmax(axis=2)[..., None]
    return np.take_along_axis(across, most, 2)[..., 0], np.take_along_axis(down, most, 2)[..., 0]


def _edged(across: Float, down: Float, middles: npt.NDArray[np.intp], radius: float) -> Float:
    """(N,) the share of directions in which an edge of the picture lies across the rim of a disc; middles: (N, 2) row
    and column; across, down: _slopes."""
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    away = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    places = middles[:, None, None] + away[:, None] * (radius + np.array(NEAR_RIM))[:, None]
    rows, columns = np.moveaxis(np.clip(np.round(places), 0, len(across) - 1).astype(np.intp), -1, 0)
    right, below = across[rows, columns], down[rows, columns]
    slope = np.hypot(right, below)
    outward = np.abs(below * away[:, :1] + right * away[:, 1:])
    return ((slope > STEEP) & (outward > STRAIGHT * slope)).any(axis=2).mean(axis=1).astype(np.float32)


def _share(values: Float, where: npt.NDArray[np.uint8]) -> Float:
    """(SIZE, SIZE) the mean of values over a shape laid around each pixel."""
    import cv2

    kernel = where.astype(np.float32) / np.float32(where.sum())
    return np.asarray(cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_CONSTANT), np.float32)


def _padded(shape: npt.NDArray[np.uint8], to: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    by = (len(to) - len(shape)) // 2
    return np.pad(shape, by)

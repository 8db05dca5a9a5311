"""Cloth between the legs: where the mask fills the space between them, skirts and wide shorts span it.

Of such cloth the body says nothing, and the network, which keeps to the body, leaves crevices below the crotch. Drawn
around both legs, cloth lies on the convex hull of their cross-section.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..spaces import CROP_HALF
from ..surface.sampling import crop_pixels, nearest_known
from .body_maps import BodyShape
from .network import CENTIMETRE
from .reach import LEGS

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Canonical: a gap that is nowhere wider is filled by masks that are not sharp, too.
WIDE = 8 * CENTIMETRE
# Canonical: cloth may hang so far inside the hull, as the tails of an open coat do; and it is filled so far below the
# crotch. Further down the network knows better.
SLACK, HANGS = 3 * CENTIMETRE, 15 * CENTIMETRE
# Legs that are apart along the view by more than this share of what they are apart across it stride, and what hangs
# between them the network knows better, too.
ABREAST = 0.5
# Pixels over which the hulls of neighbouring rows are evened out.
EVEN = 1.5


@dataclass(frozen=True, eq=False)
class Between:
    """there: (S, S) pixels of the crop where cloth spans the legs; front, back: (S, S) canonical z of its sides."""

    there: Mask
    front: Float
    back: Float

    def inside(self, points: Float) -> Float:
        """(N,) canonical: how far points (N, 3) are inside the cloth; -inf where there is none."""
        at = crop_pixels(points, len(self.there))
        depth = np.minimum(self.front[at] - points[:, 2], points[:, 2] - self.back[at]) - SLACK
        return np.where(self.there[at], depth, -np.inf).astype(np.float32)


def between_legs(shape: BodyShape, mask: Float) -> Between:
    """What the mask (S, S) of the crop, 0-1, tells of the cloth between a body's legs."""
    import cv2

    size = len(mask)
    unit = size / (2 * CROP_HALF)
    front, back = shape.layers(size)
    gaps, hulls = np.zeros(mask.shape, np.uint8), np.zeros((2, size, size), np.float32)
    for row, (left, right) in _legs(shape, size).items():
        low, high = sorted((left, right), key=np.mean)
        gap = slice(low.max() + 1, high.min())
        # Cloth that spans the legs leaves no hole; a hem beside one of them is not for the hull to tell.
        spanned = gap.start < gap.stop and (mask[row, gap] > 0.5).all() and not front.seen[row, gap].any()
        along = abs((front.z + back.z)[row, high].mean() - (front.z + back.z)[row, low].mean()) / 2
        if not spanned or along * unit > ABREAST * (high.mean() - low.mean()):
            continue
        legs = np.concatenate([low, high])
        gaps[row, gap] = 1
        hulls[0, row, gap] = _upper_hull(legs, front.z[row, legs], gap)
        hulls[1, row, gap] = -_upper_hull(legs, -back.z[row, legs], gap)
    there = _hanging(gaps, WIDE * unit, HANGS * unit)
    if there.any():
        hulls = hulls[(slice(None), *nearest_known(there))]
        hulls = np.stack([np.asarray(cv2.GaussianBlur(side, (0, 0), EVEN), np.float32) for side in hulls])
    return Between(there, hulls[0], hulls[1])


def _legs(shape: BodyShape, size: int) -> dict[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """The columns of the left and of the right leg, in rows of the crop that show both."""
    model, front = BodyModel.load(), shape.layers(size)[0]
    vertex = shape.caster.faces[front.face, 0]
    leg = front.seen & model.of_parts(*LEGS)[vertex]
    left = model.mean_vertices[vertex, 0] > 0
    rows = np.flatnonzero((leg & left).any(axis=1) & (leg & ~left).any(axis=1))
    return {int(row): (np.flatnonzero((leg & left)[row]), np.flatnonzero((leg & ~left)[row])) for row in rows}


def _upper_hull(columns: npt.NDArray[np.intp], values: Float, wanted: slice) -> Float:
    """The upper convex hull of values (M,) at ascending columns (M,), at the columns that are wanted (monotone chain,
    Andrew 1979)."""
    chain: list[tuple[int, float]] = []
    for column, value in zip(columns.tolist(), values.tolist(), strict=True):
        while len(chain) > 1 and _is_below(chain[-2], chain[-1], (column, value)):
            chain.pop()
        chain.append((column, value))
    corners = np.array(chain)
    return np.interp(np.arange(wanted.start, wanted.stop), corners[:, 0], corners[:, 1]).astype(np.float32)


def _is_below(first: tuple[int, float], middle: tuple[int, float], last: tuple[int, float]) -> bool:
    """Whether the middle one of three points lies on or below the line through the others."""
    run, rise = last[0] - first[0], last[1] - first[1]
    return (middle[1] - first[1]) * run <= rise * (middle[0] - first[0])


def _hanging(gaps: npt.NDArray[np.uint8], wide: float, low: float) -> Mask:
    """(S, S) of the gaps, (S, S), those that are `wide` pixels wide somewhere, down to `low` pixels below their top."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(gaps)
    kept = np.zeros(gaps.shape, bool)
    for label in range(1, count):
        gap = labels == label
        if gap.sum(axis=1).max() >= wide:
            top = stats[label, cv2.CC_STAT_TOP]
            kept[top : top + int(low)] |= gap[top : top + int(low)]
    return kept

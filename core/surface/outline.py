"""Moves a mesh's outline onto the mask's edge, within the picture: what the camera sees ends where the person does."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..render import MeshCaster
from ..spaces import CROP_HALF
from .sampling import beyond_crop, sample
from .smoothing import neighbour_mean

Float = npt.NDArray[np.float32]
Faces = npt.NDArray[np.int32]

# Pixels along the picture in which outlines are compared.
SIZE = 512
# Pixels: an edge further away is another part's; neighbours on the outline move together over about this distance, and
# what lies deeper inside than this stays.
FARTHEST, TOGETHER, DEPTH = 9.0, 3.0, 12.0
# Pixels: over this distance an outline moves evenly; what moves unlike that by more than the second counts little.
EVEN, UNLIKE = 10.0, 3.0
# Half the width of what is too thin to have an edge of its own: fingers, in a picture where a wrist has seven.
THIN = 4.5
# Of the way to an edge: another outline must not be nearer to it than that.
OWN = 0.7
# Parts of a pixel in which the mask's edge is looked for.
FINENESS = 2
# The edge that is found from a moved outline is a little nearer to the truth.
REPEATS = 2
# Of weights of outline pixels around a place: with fewer the movement fades.
LEAST_WEIGHT = 0.02
# Canonical: beyond the crop's border the movement fades over this distance.
BEYOND = 0.05
# Steps along the mesh over which stiff places move alike.
ALIKE = 100


def fit_outline(vertices: Float, faces: Faces, mask: Float, stiff: Float | None = None) -> Float:
    """(V, 3) canonical vertices, moved along x and y only.

    mask: (S, S) of the crop, 0-1. Every place of the outline goes along its normal to the nearest edge of the mask and
    takes along what is near it; where no edge is near, it stays. stiff: (V,) 0-1, how far a place moves like the mesh
    around it, as hands do: a finger whose two sides had ways of their own would become a thread.
    """
    import cv2

    moved = vertices.copy()
    if mask.max() <= 0.5:
        return moved
    large = cv2.resize(mask, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    inside = _signed_distance(large)
    evened = _evening(faces, np.zeros(len(vertices), np.float32) if stiff is None else stiff)
    for _ in range(REPEATS):
        covered = _covered(moved, faces)
        if not covered.any():
            break
        movement = _movement(covered, inside)
        x, y = _pixels(moved)
        depth = sample(_signed_distance(covered), x, y)[:, 0]
        share = np.clip(1.0 - depth / DEPTH, 0.0, 1.0) * np.clip(1.0 - beyond_crop(moved) / BEYOND, 0.0, 1.0)
        ways = evened(share[:, None] * np.hstack([sample(movement[..., axis], x, y) for axis in (0, 1)]))
        moved[:, :2] += ways * np.float32(2 * CROP_HALF / SIZE) * np.array([1, -1], np.float32)
    return moved


def _evening(faces: Faces, stiff: Float) -> Callable[[Float], Float]:
    """What makes ways (V, 2) alike along the mesh, by how stiff it is."""
    part = np.flatnonzero(stiff > 0)
    numbers = np.full(len(stiff), -1, np.int32)
    numbers[part] = np.arange(len(part))
    own = numbers[faces]
    mean = neighbour_mean(own[(own >= 0).all(axis=1)], len(part))
    share = stiff[part, None]

    def evened(ways: Float) -> Float:
        alone = even = ways[part]
        for _ in range(ALIKE if len(part) else 0):
            even = (1.0 - share) * alone + share * (mean @ even)
        ways[part] = even
        return ways

    return evened


def _covered(vertices: Float, faces: Faces) -> Float:
    """(SIZE, SIZE) 0-1, the mesh's silhouette; its edge is soft over a pixel."""
    import cv2

    low, high = vertices.min(axis=0), vertices.max(axis=0)
    middles = (np.arange(SIZE) + 0.5) * (2 * CROP_HALF / SIZE) - CROP_HALF
    columns = np.flatnonzero((middles >= low[0]) & (middles <= high[0]))
    rows = np.flatnonzero((-middles >= low[1]) & (-middles <= high[1]))
    u, v = np.meshgrid(middles[columns], -middles[rows])
    start = np.stack([u.ravel(), v.ravel(), np.full(u.size, 2.0)], axis=1)
    along = np.tile([0.0, 0.0, -1.0], (u.size, 1))
    seen = np.zeros((SIZE, SIZE), np.float32)
    if u.size:
        hit = np.isfinite(MeshCaster(vertices, faces).distances(start, along))
        seen[np.ix_(rows, columns)] = hit.reshape(u.shape)
    return cv2.GaussianBlur(seen, (0, 0), 0.7).astype(np.float32, copy=False)


def _movement(covered: Float, inside: Float) -> Float:
    """(SIZE, SIZE, 2) pixels rightwards and downwards that what is near the outline of `covered` moves, so that it
    meets the edge of the mask with the signed distance `inside`."""
    rows, columns, offset, normals = _edges(covered, inside)
    wanted = offset[:, None] * normals
    even = _spread(rows, columns, wanted, np.ones(len(rows), np.float32), EVEN)
    unlike = np.linalg.norm(wanted - even[rows, columns], axis=1) / UNLIKE
    return _spread(rows, columns, wanted, 1.0 / (1.0 + unlike**2), TOGETHER)


def _spread(
    rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], wanted: Float, weights: Float, reach: float
) -> Float:
    """(SIZE, SIZE, 2) weighted mean of what is wanted (N, 2) at pixels around, over about `reach` pixels."""
    import cv2

    sums = np.zeros((SIZE, SIZE, 3), np.float32)
    np.add.at(sums, (rows, columns), np.concatenate([weights[:, None] * wanted, weights[:, None]], axis=1))
    blurred = cv2.GaussianBlur(sums, (0, 0), reach)
    # As many outline pixels are around a place on a straight outline as fit into the reach.
    least = LEAST_WEIGHT * TOGETHER / reach
    return (blurred[..., :2] / np.maximum(blurred[..., 2:], least)).astype(np.float32)


def _edges(covered: Float, inside: Float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Float, Float]:
    """Outline pixels with an edge of their own: rows and columns (N,), pixels (N,) outwards to it, normals (N, 2), x
    and y down. Fingers have none: they go along with the hand."""
    import cv2

    distance = _signed_distance(covered)
    slope = np.stack([cv2.Sobel(distance, cv2.CV_32F, *order, ksize=5) for order in ((1, 0), (0, 1))], axis=2)
    size = 2 * round(1.6 * THIN) + 1
    thickness = cv2.dilate(distance, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    rows, columns = np.nonzero((np.abs(distance) < 1.0) & (thickness > THIN))
    normals = -slope[rows, columns]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    steps = np.arange(-FARTHEST, FARTHEST + 1e-6, 1 / FINENESS, dtype=np.float32)
    # From the outline itself, which runs between pixels.
    travel = steps[None] + distance[rows, columns, None]
    x = columns[:, None] + travel * normals[:, :1]
    y = rows[:, None] + travel * normals[:, 1:]
    along = sample(inside, x, y)
    crossing = (along[:, :-1] > 0) & (along[:, 1:] <= 0)
    part = along[:, :-1] / np.where(crossing, along[:, :-1] - along[:, 1:], 1.0)
    offsets = steps[:-1] + part / FINENESS
    chosen = np.where(crossing, np.abs(offsets), np.inf).argmin(axis=1)
    offset = offsets[np.arange(len(rows)), chosen]
    # An edge that another outline is nearer to is that one's.
    ends = np.stack([columns, rows], axis=1) + (offset + distance[rows, columns])[:, None] * normals
    nearest = np.abs(sample(distance, ends[:, :1], ends[:, 1:]))[:, 0]
    found = crossing.any(axis=1) & (nearest > OWN * np.abs(offset) - 0.5)
    return rows[found], columns[found], offset[found].astype(np.float32), normals[found].astype(np.float32)


def _signed_distance(soft: Float) -> Float:
    """(S, S) pixels to the edge at one half, positive inside, exact to a part of a pixel near it."""
    import cv2

    solid = (soft > 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(solid, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    # Counted from the middles of pixels; the edge runs half a pixel further.
    distance -= 0.5 * np.sign(distance)
    return cv2.GaussianBlur(distance.astype(np.float32), (0, 0), 0.8).astype(np.float32, copy=False)


def _pixels(vertices: Float) -> tuple[Float, Float]:
    """Where vertices (V, 3) lie in the picture, (V, 1) each, in pixels from the middle of the first one."""
    x = (vertices[:, :1] / CROP_HALF + 1) * SIZE / 2 - 0.5
    y = (1 - vertices[:, 1:2] / CROP_HALF) * SIZE / 2 - 0.5
    return x.astype(np.float32), y.astype(np.float32)

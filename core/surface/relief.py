"""Fine relief on a mesh: its front and its back made to agree with normals that were predicted from the picture.

Occupancy is smooth below the size of its features; folds are in the normals. Depth is found by integrating them with
the mesh's own depth as a weak prior, as in bilateral normal integration (Cao et al., ECCV 2022) and its use in ECON
(Xiu et al., CVPR 2023, section 3.2): long shapes stay as they are, short ones follow the normals.
"""

import numpy as np
import numpy.typing as npt

from ..render import Layer, MeshCaster, layers, vertex_normals
from ..spaces import CROP_HALF
from .sampling import beyond_crop, crop_pixels, sample

Float = npt.NDArray[np.float32]
Faces = npt.NDArray[np.int32]

# Shapes longer than about this, pixels of the normals' picture, stay as the mesh has them.
LONGEST = 24.0
# Canonical: neighbouring pixels further apart in depth belong to different parts; relief is never higher.
JUMP, HIGHEST = 0.012, 0.008
# Slopes steeper than this are not trusted.
STEEPEST = 2.5
# Relief fades over so many pixels towards an edge, and where the surface turns away from the view.
FADE, TURNED = 4.0, (0.15, 0.5)
# Canonical: a vertex this far behind what the view shows is hidden.
HIDDEN = 0.004
TOLERANCE, ITERATIONS = 1e-3, 60


def add_relief(
    vertices: Float, faces: Faces, front: Float, back: Float, folds: Float, cloth: npt.NDArray[np.floating]
) -> Float:
    """(V, 3) canonical vertices, moved along z.

    front, back: (S, S, 3) canonical normals of both sides, of any length, as the crop sees them (the back as if
    through the person); where they are 0, and beyond the crop, nothing moves. folds: (S, S) canonical height to add on
    the front; cloth: (V,) how much of it each vertex takes, 0-1.
    """
    size = len(front)
    normals = vertex_normals(vertices, faces)
    moved = vertices.copy()
    rows, columns = crop_pixels(vertices, size)
    within = beyond_crop(vertices) < 0
    for layer, wanted, sign in zip(
        layers(MeshCaster(vertices, faces), normals, size), (front, back), (1, -1), strict=True
    ):
        relief, whole = _relief(layer, wanted)
        height = _sampled(relief * whole, vertices, size)
        if sign > 0:
            height = height + cloth * _sampled(folds * whole, vertices, size)
        facing = np.clip((sign * normals[:, 2] - TURNED[0]) / (TURNED[1] - TURNED[0]), 0.0, 1.0)
        shown = within & (sign * (layer.z[rows, columns] - vertices[:, 2]) < HIDDEN)
        moved[:, 2] += facing * shown * layer.seen[rows, columns] * height
    return moved


def _relief(layer: Layer, wanted: Float) -> tuple[Float, Float]:
    """(S, S) canonical change of the layer's depth that makes its normals the wanted ones, and (S, S) how far from
    an edge each pixel is, 0 (on it) to 1."""
    import cv2
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.linalg import cg

    size = len(wanted)
    length = np.linalg.norm(wanted, axis=2)
    known = layer.seen & (length > 0.1)
    depth = wanted[..., 2] / np.maximum(length, 1e-6)
    toward = np.where(layer.normals[..., 2] >= 0, np.maximum(depth, 0.1), np.minimum(depth, -0.1))
    slopes = np.clip(-wanted[..., :2] / np.maximum(length, 1e-6)[..., None] / toward[..., None], -STEEPEST, STEEPEST)
    step = 2 * CROP_HALF / size
    index = np.full((size, size), -1)
    index[known] = np.arange(known.sum())
    rows, columns, steps = [], [], []
    joined = known.copy()
    # Rightwards x grows, downwards y falls.
    for axis, sign in ((1, 1.0), (0, -1.0)):
        here, there = _neighbours(axis)
        near = known[here] & known[there] & (np.abs(layer.z[there] - layer.z[here]) < JUMP)
        slope = sign * step * (slopes[here] + slopes[there])[..., 1 - axis] / 2
        rows.append(index[here][near])
        columns.append(index[there][near])
        # What the mesh's own depth does not yet do.
        steps.append((slope - (layer.z[there] - layer.z[here]))[near])
        joined[here] &= near
        joined[there] &= near
    first, second, change = map(np.concatenate, (rows, columns, steps))
    count = int(known.sum())
    if not len(first):
        return np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    order = np.arange(len(first))
    ones = np.ones(len(first))
    difference = csr_matrix(
        (np.concatenate([-ones, ones]), (np.tile(order, 2), np.concatenate([first, second]))), (len(first), count)
    )
    stiffness = (2 * np.pi / LONGEST) ** 2
    solution, _ = cg(
        difference.T @ difference + diags(np.full(count, stiffness)), difference.T @ change, rtol=TOLERANCE,
        maxiter=ITERATIONS,
    )  # fmt: skip
    relief = np.zeros((size, size), np.float32)
    relief[known] = np.clip(solution, -HIGHEST, HIGHEST)
    away = cv2.distanceTransform(joined.astype(np.uint8), cv2.DIST_L2, 3)
    return relief, np.clip(away / FADE, 0.0, 1.0).astype(np.float32)


def _neighbours(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Pixels with a successor along an axis, and those successors."""
    here, there = [slice(None)] * 2, [slice(None)] * 2
    here[axis], there[axis] = slice(None, -1), slice(1, None)
    return tuple(here), tuple(there)


def _sampled(values: Float, vertices: Float, size: int) -> Float:
    """Bilinear value of a picture (S, S) at every vertex."""
    x = (vertices[:, :1] / CROP_HALF + 1) * size / 2 - 0.5
    y = (1 - vertices[:, 1:2] / CROP_HALF) * size / 2 - 0.5
    return sample(values, x, y)[:, 0]

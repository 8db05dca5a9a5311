"""Makes the body as wide as the person's outline: clothes and hair as displacements along the body's normals."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from ..body.articulation import Articulation
from ..body.model import BodyModel
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import CANONICAL_PIXELS, CROP_SIZE, CanonicalView
from .sampling import beyond_crop, sample

Array = npt.NDArray[np.float32]

# How far the mask's edge may be from the body's outline to be its own, metres: hair and coats reach far, hands and
# necks wear little.
LARGEST_PUSH = {
    "head": 0.05, "neck": 0.025, "torso": 0.09, "upper_arm": 0.06, "forearm": 0.05, "hand": 0.015,
    "thigh": 0.08, "shin": 0.07, "foot": 0.04,
}  # fmt: skip
RAY_STEPS = 24
# A vertex is on the outline if its normal is this close to the picture's plane.
RIM_SINE = 0.85
# How much of a measured thickness a face takes on: almost nothing, it wears none.
FACE_SOFTNESS = 0.1
HAIRLINE = 0.05  # metres above the eyes
# Steps of averaging over neighbours that smooth normals.
NORMAL_STEPS = 8
# Weight of "no shift, not too thin" against outline vertices, and the largest shift, metres.
ALIGN_REST, LARGEST_SHIFT = 8.0, 0.05
# Metres of a hand's shift that are not believed: masks lose the tips of fingers, which draws hands towards the arm.
HAND_SLACK = 0.004


@dataclass(frozen=True)
class MaskField:
    """A frame's mask as a signed distance: inside (S, S) float32, canonical units, positive inside, in the crop."""

    inside: Array

    @classmethod
    def of(cls, mask: npt.NDArray[np.float32]) -> "MaskField":
        """From an (S, S) soft mask of the crop, 0-1, to a distance exact to a fraction of a pixel."""
        import cv2

        solid = (mask > 0.5).astype(np.uint8)
        distance = cv2.distanceTransform(solid, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
        # Distances count from pixel centres; the edge runs half a pixel further, where the soft mask is 0.5.
        near = np.abs(distance) < 1.5
        distance = np.where(near, (mask - 0.5) * 2.0, distance - 0.5 * np.sign(distance))
        scale = CROP_SIZE / len(mask)
        smooth = cv2.GaussianBlur(distance.astype(np.float32), (0, 0), 1.0)
        return cls(smooth * np.float32(scale / CANONICAL_PIXELS))

    def sample(self, crop_pixels: npt.NDArray[np.floating]) -> Array:
        """(N, 2) crop pixels -> (N,) signed distance, linearly interpolated, the border's beyond the crop."""
        pixels = crop_pixels * (len(self.inside) / CROP_SIZE) - 0.5
        return sample(self.inside, pixels[:, :1], pixels[:, 1:])[:, 0]


@dataclass(frozen=True)
class Outline:
    """Where a body's own outline has to go to meet the mask's: index (N,) of vertices, offset (N,) along their
    normals' direction in the picture, canonical units, normals (N, 2) that unit direction (x right, y up)."""

    index: npt.NDArray[np.integer]
    offset: Array
    normals: Array


def measure_outline(vertices: Array, view: CanonicalView, mask: MaskField) -> Outline:
    """Follow each outline vertex's normal, outwards or inwards, to the mask's edge.

    vertices: (V, 3) canonical, of the body model's topology. A vertex is left out when its edge is too far, when
    another part of the body lies on the way, to which the edge then belongs, or beyond the crop.
    """
    model = BodyModel.load()
    size = len(mask.inside)
    front, _ = depth_range(vertices, size)
    covered = np.isfinite(front)
    normals = vertex_normals(vertices, model.triangles)
    pixels = view.to_crop(vertices)
    flat = np.linalg.norm(normals[:, :2], axis=1)
    rim = np.flatnonzero((flat > RIM_SINE) & (beyond_crop(vertices) < 0) & _on_edge(pixels, covered))
    direction = (normals[rim, :2] / flat[rim, None]).astype(np.float32)
    largest = np.array([LARGEST_PUSH[name] for name in model.part_names], np.float32)
    reach = largest[model.parts[rim]] / np.float32(view.metres_per_unit)
    steps = np.arange(-1.0, 1.0, 1.0 / RAY_STEPS, dtype=np.float32)
    travel = reach[:, None] * steps
    points = pixels[rim, None] + (travel[..., None] * direction[:, None]) * [CANONICAL_PIXELS, -CANONICAL_PIXELS]
    inside = mask.sample(points.reshape(-1, 2)).reshape(travel.shape)
    # The crossing from inside to outside that is nearest to the vertex.
    crossing = (inside[:, :-1] > 0) & (inside[:, 1:] <= 0)
    part = inside[:, :-1] / np.where(crossing, inside[:, :-1] - inside[:, 1:], 1.0)
    offset = travel[:, :-1] + part * (reach / RAY_STEPS)[:, None]
    chosen = np.argmin(np.where(crossing, np.abs(offset), np.inf), axis=1)
    rows = np.arange(len(rim))
    offset = offset[rows, chosen]
    index = np.clip((points * (size / CROP_SIZE)).astype(int), 0, size - 1)
    # A step of two pixels leaves the part that the vertex itself belongs to.
    between = (travel > 2.5 * CROP_SIZE / size / CANONICAL_PIXELS) & (travel < offset[:, None])
    blocked = (covered[index[..., 1], index[..., 0]] & between).any(axis=1)
    good = crossing[rows, chosen] & ~blocked
    return Outline(rim[good], offset[good], direction[good])


def align(vertices: Array, view: CanonicalView, mask: MaskField) -> Array:
    """Shift each limb within the picture until both its sides are equally far from the mask's edges.

    One shift a joint, by least squares over the outline that follows it; skinning weights blend the shifts. What a
    limb is too thin all round is an unknown of its own. Heads stay: one in hair has its edge above and beside it, none
    below, and its face is where landmarks have it.
    """
    outline = measure_outline(vertices, view, mask)
    weights = _joint_weights()
    at_outline = weights[outline.index]
    effects = np.concatenate([outline.normals.astype(np.float64), np.ones((len(outline.index), 1))], axis=1)
    system = np.einsum("nj,na,nb->jab", at_outline, effects, effects) + ALIGN_REST * np.eye(3)
    right = np.einsum("nj,na,n->ja", at_outline, effects, outline.offset)
    shifts = np.linalg.solve(system, right[..., None])[..., :2, 0]
    length = np.linalg.norm(shifts, axis=1, keepdims=True) * view.metres_per_unit
    allowed = np.minimum(length, LARGEST_SHIFT)
    allowed[_wrists()] = np.maximum(allowed[_wrists()] - HAND_SLACK, 0.0)
    allowed[_heads()] = 0.0
    shifts *= allowed / (length + 1e-9)
    moved = weights @ shifts
    return (vertices + np.concatenate([moved, np.zeros_like(moved[:, :1])], axis=1)).astype(np.float32)


@cache
def _joint_weights() -> npt.NDArray[np.float64]:
    """(V, J) influence of each moving joint of the fit on each vertex."""
    model = BodyModel.load()
    return Articulation.of(model).joint_weights(model.bone_weights(np.arange(len(model.mean_vertices))))


@cache
def _wrists() -> npt.NDArray[np.intp]:
    """The joints that move hands."""
    return _joints_of("hand")


@cache
def _heads() -> npt.NDArray[np.intp]:
    """The joints that move the head."""
    return _joints_of("head")


def _joints_of(part: str) -> npt.NDArray[np.intp]:
    return np.flatnonzero(_joint_weights()[BodyModel.load().of_parts(part)].mean(axis=0) > 0.25)


def inflate(vertices: Array, thickness: Array) -> Array:
    """(V, 3) vertices moved outwards by (V,) thickness, less in the face.

    The way outwards is the normal of the smoothed surface, so that nose, ears and fingers move as a whole.
    """
    normals = vertex_normals(vertices, BodyModel.load().triangles)
    averaging = neighbour_average()
    for _ in range(NORMAL_STEPS):
        normals = averaging @ normals
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    return (vertices + (thickness * softness())[:, None] * normals).astype(np.float32)


@cache
def softness() -> Array:
    """(V,) 1 where clothes and hair may stand off the body, FACE_SOFTNESS in the face, smooth in between."""
    model = BodyModel.load()
    rest = model.mean_vertices
    ear, eye = model.landmark_mean[7], model.landmark_mean[2]
    face = np.isin(model.parts, [model.part_names.index("head"), model.part_names.index("neck")])
    face &= (rest[:, 2] > ear[2] + 0.02) & (rest[:, 1] < eye[1] + HAIRLINE)
    soft = np.where(face, FACE_SOFTNESS, 1.0).astype(np.float32)
    return averaged(soft, NORMAL_STEPS)


def spread(index: npt.NDArray[np.integer], values: Array, steps: int, rest: float) -> Array:
    """Values measured at some vertices, (N, C), continued smoothly over the body, (V, C).

    steps: how far, in edges of the mesh (about 1 cm); rest: weight of zero against the measurements, which makes
    the values fade where nothing was measured near.
    """
    averaging = neighbour_average()
    count = len(BodyModel.load().mean_vertices)
    weight = np.zeros((count, 1), np.float32)
    weight[index] = 1.0
    total = np.zeros((count, values.shape[1]), np.float32)
    total[index] = values
    measured = np.concatenate([total, weight], axis=1)
    state = measured
    for _ in range(steps):
        state = averaging @ state + measured
    return state[:, :-1] / (state[:, -1:] + rest)


def depth_range(vertices: Array, size: int, triangles: npt.NDArray[np.integer] | None = None) -> tuple[Array, Array]:
    """Nearest and farthest z of a body at each pixel of the crop, (size, size) canonical, infinite where it is not.

    vertices: (V, 3) canonical, of the body model's topology; triangles: (T, 3) that count, without them all.
    """
    caster = MeshCaster(vertices, BodyModel.load().triangles if triangles is None else triangles)
    scale = CANONICAL_PIXELS * size / CROP_SIZE
    low = np.clip(np.floor(size / 2 + scale * np.array([vertices[:, 0].min(), -vertices[:, 1].max()])), 0, size)
    high = np.clip(np.ceil(size / 2 + scale * np.array([vertices[:, 0].max(), -vertices[:, 1].min()])), low, size)
    columns, rows = (np.arange(*ends, dtype=int) for ends in zip(low.astype(int), high.astype(int), strict=True))
    u, v = np.meshgrid(columns + 0.5 - size / 2, size / 2 - rows - 0.5)
    flat = np.stack([u.ravel(), v.ravel()], axis=1) / scale
    away = np.full((len(flat), 1), 2.0)
    forwards = np.tile([0.0, 0.0, 1.0], (len(flat), 1))
    front, back = np.full((size, size), -np.inf, np.float32), np.full((size, size), np.inf, np.float32)
    box = np.ix_(rows, columns)
    front[box] = (2.0 - caster.distances(np.hstack([flat, away]), -forwards)).reshape(u.shape)
    back[box] = (caster.distances(np.hstack([flat, -away]), forwards) - 2.0).reshape(u.shape)
    return front, back


def _on_edge(pixels: npt.NDArray[np.floating], covered: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(V,) whether crop pixels lie at the edge of the covered ones."""
    import cv2

    size = len(covered)
    depth = cv2.distanceTransform(covered.astype(np.uint8), cv2.DIST_L2, 3)
    index = np.clip((pixels * (size / CROP_SIZE)).astype(int), 0, size - 1)
    return depth[index[:, 1], index[:, 0]] <= 2.0


@cache
def neighbour_average() -> csr_matrix:
    """(V, V) matrix that replaces each vertex's value by the mean of its neighbours'."""
    model = BodyModel.load()
    count = len(model.mean_vertices)
    ends = np.concatenate([model.triangles[:, [0, 1]], model.triangles[:, [1, 2]], model.triangles[:, [2, 0]]])
    rows = np.concatenate([ends[:, 0], ends[:, 1], np.arange(count)])
    columns = np.concatenate([ends[:, 1], ends[:, 0], np.arange(count)])
    matrix = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(count, count))
    matrix.data[:] = 1.0
    return csr_matrix(matrix.multiply(1.0 / matrix.sum(axis=1)))


def averaged(values: Array, steps: int) -> Array:
    """(V, ...) values after so many steps in which each vertex takes the mean of its neighbours'."""
    for _ in range(steps):
        values = neighbour_average() @ values
    return values

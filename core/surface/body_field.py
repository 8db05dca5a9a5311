"""Occupancy without learning: the fitted body, widened and trimmed until it agrees with the silhouette."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..parallel import threads
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import CANONICAL_PIXELS, CROP_SIZE, CanonicalView
from .clothing import dress
from .sampling import FOLLOWED, beyond_crop
from .silhouette import MaskField, depth_range

Array = npt.NDArray[np.float32]

# Occupancy falls from 1 to 0 over this distance around the surface, canonical units (about 7 cm).
BAND = 0.03
NEIGHBOURS = 6
# Beyond this distance (about 3 cm) tangent planes of the nearest vertices no longer tell inside from outside.
NEAR = 0.014
# Parts of the mask that the body does not reach (hair, loose clothes) become rounded flaps up to this half depth.
FLAP_HALF_DEPTH = 0.02
FLAP_REACH = 0.12
FLAP_WINDOW, FLAP_JUMP = 5, 0.03  # pixels of the crop's mask; canonical, about 7 cm
FLAP_SLIVER = 5  # pixels of the crop's mask, about 4 cm


class BodyField:
    """OccupancyField of one frame.

    vertices: (V, 3) canonical, the posed body; mask: (S, S) soft mask of the crop; thickness: (V,) metres, what
    the whole clip says about the clothes, and shown: which hands the picture shows (clothing.py). `dressed`, (V, 3)
    canonical, is the body with all of them applied.
    """

    def __init__(
        self,
        vertices: Array,
        view: CanonicalView,
        mask: npt.NDArray[np.float32],
        thickness: Array,
        shown: tuple[bool, bool] | None = None,
    ) -> None:
        from scipy.spatial import KDTree

        self._view = view
        self._mask = MaskField.of(mask)
        dressed = dress(vertices, view, self._mask, thickness, shown)
        self.dressed = dressed
        model = BodyModel.load()
        self._caster = MeshCaster(dressed, model.triangles)
        self._normals = vertex_normals(dressed, model.triangles)[model.exterior].astype(np.float32)
        self._vertices = dressed[model.exterior]
        self._tree = KDTree(self._vertices)
        self._flaps = _Flaps.of(dressed, self._mask)
        margin = 0.03
        self.anchors = dressed
        lower = np.minimum(dressed.min(axis=0), self._flaps.lower) - margin
        upper = np.maximum(dressed.max(axis=0), self._flaps.upper) + margin
        self.lower = np.maximum(lower, -FOLLOWED).astype(np.float32)
        self.upper = np.minimum(upper, FOLLOWED).astype(np.float32)

    def occupancy(self, points: Array) -> Array:
        """(N, 3) canonical -> (N,) in [0, 1]."""
        pixels = self._view.to_crop(points)
        # Beyond the crop nothing but the body is known.
        outline = np.where(beyond_crop(points) > 0, np.float32(BAND), self._mask.sample(pixels))
        body = np.maximum(self._distance(points), self._flaps.distance(points, pixels, outline))
        return np.clip(0.5 + np.minimum(body, outline) / BAND, 0.0, 1.0).astype(np.float32)

    def _distance(self, points: Array) -> Array:
        """Signed distance to the dressed body, positive inside.

        Near the surface it is the mean of the nearest vertices' tangent planes (implicit moving least squares,
        Kolluri 2005). Farther away these planes mislead, and rays tell the side instead.
        """
        distance, nearest = self._tree.query(points, k=NEIGHBOURS, workers=threads())
        spread = distance[:, 2:3] ** 2 + 1e-8
        weight = np.exp(-(distance**2) / (2 * spread))
        planes = ((self._vertices[nearest] - points[:, None]) * self._normals[nearest]).sum(axis=-1)
        signed = (weight * planes).sum(axis=1) / weight.sum(axis=1)
        far = distance[:, 0] > NEAR
        side = np.where(self._caster.inside(points[far]), 1.0, -1.0)
        signed[far] = side * np.maximum(np.abs(signed[far]), NEAR / 2)
        return signed.astype(np.float32)


@dataclass(frozen=True)
class _Flaps:
    """What the mask shows beyond the body: slabs around a depth continued from the body's nearest outline.

    depth, half: (S, S) middle and half thickness of the slab at every crop pixel, canonical; half is 0 without one.
    """

    depth: Array
    half: Array
    lower: Array
    upper: Array

    @classmethod
    def of(cls, vertices: Array, mask: MaskField) -> "_Flaps":
        import cv2

        size = len(mask.inside)
        front, back = depth_range(vertices, size)
        covered = np.isfinite(front) & np.isfinite(back)
        away, labels = cv2.distanceTransformWithLabels(
            (~covered).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        labels = labels.astype(np.int32)
        middle = np.zeros(labels.max() + 1, np.float32)
        middle[labels[covered]] = (front[covered] + back[covered]) / 2
        depth = cv2.GaussianBlur(middle[labels], (0, 0), 3.0).astype(np.float32)
        pixel = CROP_SIZE / size / CANONICAL_PIXELS
        reach = away * pixel
        inside = (mask.inside > 0) & (reach > 0) & (reach < FLAP_REACH)
        # Where the depth to continue jumps, between limbs one behind the other, a flap would become a wall.
        window = np.ones((FLAP_WINDOW, FLAP_WINDOW), np.uint8)
        inside &= cv2.dilate(depth, window) - cv2.erode(depth, window) < FLAP_JUMP
        # Slivers are where two limbs nearly touch, not hair or cloth; flaps in them would web the limbs.
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (FLAP_SLIVER, FLAP_SLIVER))
        inside = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_OPEN, kernel).astype(bool)
        # Round in section: thick in the middle, thin at the mask's edge.
        edge = np.clip(mask.inside / FLAP_HALF_DEPTH, 0.0, 1.0)
        half = np.where(inside, FLAP_HALF_DEPTH * np.sqrt(1.0 - (1.0 - edge) ** 2), 0.0).astype(np.float32)
        half = cv2.GaussianBlur(half, (0, 0), 1.5).astype(np.float32)
        half[half < 0.15 * FLAP_HALF_DEPTH] = 0.0
        rows, columns = np.nonzero(half > 0)
        if len(rows) == 0:
            return cls(depth, half, vertices.min(axis=0), vertices.max(axis=0))
        x = (np.array([columns.min(), columns.max()]) / size - 0.5) * CROP_SIZE / CANONICAL_PIXELS
        y = (0.5 - np.array([rows.max(), rows.min()]) / size) * CROP_SIZE / CANONICAL_PIXELS
        z = depth[rows, columns]
        lower = np.array([x[0], y[0], z.min() - FLAP_HALF_DEPTH], np.float32)
        upper = np.array([x[1], y[1], z.max() + FLAP_HALF_DEPTH], np.float32)
        return cls(depth, half, lower, upper)

    def distance(self, points: Array, pixels: npt.NDArray[np.floating], outline: Array) -> Array:
        """(N,) signed distance to the slabs, positive inside, about right near their surface."""
        size = len(self.half)
        index = np.clip((pixels * (size / CROP_SIZE)).astype(int), 0, size - 1)
        half = self.half[index[:, 1], index[:, 0]]
        away = np.abs(points[:, 2] - self.depth[index[:, 1], index[:, 0]])
        return np.where(half > 0, half - away, -np.float32(BAND)).astype(np.float32)

"""How thick clothes and hair are on the body: measured at the outline in every frame, remembered for the clip."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..spaces import CanonicalView
from .arms import clear_arms
from .seat import cover_seat
from .silhouette import MaskField, align, inflate, measure_outline, spread

Array = npt.NDArray[np.float32]

# Spreading over the body (silhouette.spread): the clip's measurements are many, so they need little.
CLIP_STEPS, CLIP_REST = 40, 1.0
FRAME_STEPS, FRAME_REST = 25, 0.3
# A thickness seen in fewer frames than this is mostly a mask's error.
TRUSTED_FRAMES = 3.0


def measure_clothing(frames: Iterable[tuple[Array, CanonicalView, MaskField]]) -> Array:
    """(V,) thickness in metres, negative where the body is too wide; from each frame's posed body (V, 3) canonical.

    Each frame measures only the vertices on its outline; as the person turns, the whole body is measured.
    """
    count = len(BodyModel.load().mean_vertices)
    total, weight = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for vertices, view, mask in frames:
        outline = measure_outline(aligned(vertices, view, mask), view, mask)
        total[outline.index] += outline.offset * np.float32(view.metres_per_unit)
        weight[outline.index] += 1.0
    seen = np.flatnonzero(weight > 0)
    mean = total[seen] / (weight[seen] + TRUSTED_FRAMES)
    return spread(seen, mean[:, None], CLIP_STEPS, CLIP_REST)[:, 0]


def dress(
    vertices: Array, view: CanonicalView, mask: MaskField, thickness: Array, shown: tuple[bool, bool] | None = None
) -> Array:
    """The posed body (V, 3) canonical with the clip's clothes, fitted to this frame's mask; see `fitted`."""
    covered = cover_seat(fitted(vertices, view, mask, thickness, shown), view.metres_per_unit)
    dressed = inflate(covered, thickness / np.float32(view.metres_per_unit))
    outline = measure_outline(dressed, view, mask)
    return inflate(dressed, spread(outline.index, outline.offset[:, None], FRAME_STEPS, FRAME_REST)[:, 0])


def fitted(
    vertices: Array, view: CanonicalView, mask: MaskField, thickness: Array, shown: tuple[bool, bool] | None = None
) -> Array:
    """(V, 3) canonical: the posed body with its limbs where the frame's mask has them, and its arms outside the clothes
    that are `thickness` (V,) metres thick; shown: whether the picture shows the left and the right hand, if known."""
    placed = aligned(vertices, view, mask)
    clothed = inflate(placed, thickness / np.float32(view.metres_per_unit))
    return clear_arms(placed, clothed, view.metres_per_unit, shown)


def aligned(vertices: Array, view: CanonicalView, mask: MaskField) -> Array:
    """(V, 3) canonical: the posed body, its limbs shifted within the picture to where the frame's mask has them."""
    for _ in range(2):
        vertices = align(vertices, view, mask)
    return vertices

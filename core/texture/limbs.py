"""Limbs that pass in front of the body itself: one that is a centimetre off would be printed on what is behind it."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..render.raycast import MeshCaster
from ..spaces import Camera
from .projection import Photograph, trust

Float = npt.NDArray[np.float32]

# Depth that changes more than this within a pixel or two is a limb's edge, and how wide it is, both metres.
STEP, EDGE = 0.04, 0.012
# The least trust that is left at an edge.
LEAST = 0.05


def clear_of_limbs(photograph: Photograph, caster: MeshCaster, camera: Camera, outline: bool = True) -> Photograph:
    """The photograph with less trust also along the edges of limbs that pass in front of the body, and along the
    surface's `outline`."""
    clear = np.maximum(clearance(photograph, caster, camera, outline=outline), np.float32(LEAST))
    return replace(photograph, purity=np.minimum(photograph.purity, clear))


def clearance(
    photograph: Photograph, caster: MeshCaster, camera: Camera, width: float = EDGE, outline: bool = False
) -> Float:
    """(H, W) of each pixel of the photograph from 0, at the edge of a limb before other surface, and at the `outline`
    if that counts, to 1, twice as far from it as `width`, metres; caster: the surface, world."""
    import cv2

    rows, columns = photograph.purity.shape
    depth = caster.render(photograph.taken_by(camera), columns // 2, rows // 2).depth
    seen = np.isfinite(depth)
    kernel, nothing = np.ones((3, 3), np.uint8), 0.0 if outline else np.inf
    furthest = cv2.dilate(np.where(seen, depth, np.float32(0)), kernel)
    edges = furthest - cv2.erode(np.where(seen, depth, np.float32(nothing)), kernel) > STEP
    away = cv2.distanceTransform((~edges).astype(np.uint8), cv2.DIST_L2, 3)
    edge = max(1.0, width * camera.focal / max(float(np.median(depth[seen])) if edges.any() else 1.0, 0.1))
    clear = np.clip((2.0 * away / edge - 0.3) / 1.7, 0.0, 1.0)
    return np.asarray(cv2.resize(clear, (columns, rows)), np.float32)


def trust_in_texels(places: Float, normals: Float, caster: MeshCaster, camera: Camera, photograph: Photograph) -> Float:
    """(N,) 0-1 how far a frame's photograph is to be believed at texels of a posed body: places (N, 3) world and
    normals (N, 3) of any length, interpolated between its vertices; caster: the body's."""
    directions = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return trust(places, directions, caster, camera, clear_of_limbs(photograph, caster, camera))

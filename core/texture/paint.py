"""Paints the mesh of a frame: its own picture where it shows the surface, the clip's memory where it does not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..parallel import threads
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import Camera
from .agreement import agreement
from .limbs import clearance
from .projection import Photograph, trust
from .regions import Regions
from .unwrap import TURNED_AWAY

# Vertices of the coarser body that are mixed, which hides its facets; and the least weight of one, and distance.
NEIGHBOURS, LEAST = 8, 1e-6
# Over so much of the regions' shares their line is soft: about an edge of a mesh, whose vertices would draw teeth.
SOFT = 0.15
# Metres: within twice this of a limb's edge a picture is believed only where it agrees with the clip.
BESIDE = 0.018


@dataclass(frozen=True)
class Known:
    """What is known of each vertex of a mesh without its picture: colours (V, 3) float32, 0-255; loose: (V,) float32,
    from 0 to 1 where the surface may be a centimetre off, so that along a limb's edge the picture shows what is beside
    it; grain: (V, 3) float32 that the colours have besides, where the picture shows nothing."""

    colours: npt.NDArray[np.float32]
    loose: npt.NDArray[np.float32]
    grain: npt.NDArray[np.float32] | float = 0.0


def paint(
    vertices: npt.NDArray[np.floating],
    faces: npt.NDArray[np.integer],
    photograph: Photograph,
    camera: Camera,
    known: Known,
) -> npt.NDArray[np.uint8]:
    """(V, 3) uint8 RGB for a mesh in world space: the picture's where it can be trusted, else those that are known. An
    arm that is a little off does not print its outline on the shirt behind it, nor the shirt its colour on the arm."""
    caster, pixels = MeshCaster(vertices, faces), camera.project(vertices)
    shown = photograph.colours(pixels)
    seen = trust(vertices, vertex_normals(vertices, faces), caster, camera, photograph)
    if known.loose.any():
        beside = known.loose * (1.0 - photograph.values(clearance(photograph, caster, camera, BESIDE), pixels))
        seen *= 1.0 - beside * (1.0 - agreement(shown - known.colours))
    seen = seen[:, None]
    return np.clip(seen * shown + (1.0 - seen) * (known.colours + known.grain) + 0.5, 0, 255).astype(np.uint8)


def known_at(
    vertices: npt.NDArray[np.floating],
    faces: npt.NDArray[np.integer],
    body_vertices: npt.NDArray[np.floating],
    body_colours: Regions,
    grain: npt.NDArray[np.float32] | float = 0.0,
) -> Known:
    """What the posed body has around each vertex of a mesh, (V, 3) world with (T, 3) faces; heads fit closely.
    body_vertices: (N, 3) world in the body model's topology; grain: (V, 3), see Known.

    Surface takes from surface that faces the same way: the back of a shirt not from the arm that touches it.
    """
    from scipy.spatial import KDTree

    model = BodyModel.load()
    body_normals = vertex_normals(body_vertices, model.triangles)
    body = np.concatenate([body_vertices, TURNED_AWAY * body_normals], axis=1)
    mesh = np.concatenate([vertices, TURNED_AWAY * vertex_normals(vertices, faces)], axis=1)
    distance, nearest = KDTree(body).query(mesh, k=NEIGHBOURS + 1, workers=threads())
    # What comes in as the next neighbour has no weight yet, or the lines between regions would be torn.
    weight = (1.0 - distance[:, :-1] / np.maximum(distance[:, -1:], LEAST)) ** 2 + LEAST
    weight /= weight.sum(axis=1, keepdims=True)
    corners, weight = np.asarray(nearest)[:, :-1], weight.astype(np.float32)
    loose = (weight * ~model.of_parts("head")[corners]).sum(axis=1)
    return Known(body_colours.mix(corners, weight, SOFT), loose, grain)

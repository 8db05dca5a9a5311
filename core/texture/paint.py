"""Paints the mesh of a frame: its own picture where it shows the surface, the clip's memory where it does not."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..parallel import threads
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import Camera
from .projection import Photograph, trust
from .regions import Regions

# Metres: a surface that faces the other way counts as twice this far away.
TURNED_AWAY = 0.06
# Vertices of the coarser body that are mixed, which hides its facets; and the least weight of one, and distance.
NEIGHBOURS, LEAST = 8, 1e-6
# Over so much of the regions' shares their line is soft: about an edge of a mesh, whose vertices would draw teeth.
SOFT = 0.15


def paint(
    vertices: npt.NDArray[np.floating],
    faces: npt.NDArray[np.integer],
    photograph: Photograph,
    camera: Camera,
    hidden: npt.NDArray[np.float32],
) -> npt.NDArray[np.uint8]:
    """(V, 3) uint8 RGB for a mesh in world space: the picture's where it can be trusted, else `hidden`, 0-255."""
    normals = vertex_normals(vertices, faces)
    seen = trust(vertices, normals, MeshCaster(vertices, faces), camera, photograph)[:, None]
    shown = photograph.colours(camera.project(vertices))
    return np.clip(seen * shown + (1.0 - seen) * hidden + 0.5, 0, 255).astype(np.uint8)


def body_colours_at(
    vertices: npt.NDArray[np.floating],
    faces: npt.NDArray[np.integer],
    body_vertices: npt.NDArray[np.floating],
    body_colours: Regions,
) -> npt.NDArray[np.float32]:
    """(V, 3) colours that the posed body has around each vertex of a mesh, (V, 3) world with (T, 3) faces.
    body_vertices: (N, 3) world in the body model's topology.

    Surface takes from surface that faces the same way: the back of a shirt not from the arm that touches it.
    """
    from scipy.spatial import KDTree

    body_normals = vertex_normals(body_vertices, BodyModel.load().triangles)
    body = np.concatenate([body_vertices, TURNED_AWAY * body_normals], axis=1)
    mesh = np.concatenate([vertices, TURNED_AWAY * vertex_normals(vertices, faces)], axis=1)
    distance, nearest = KDTree(body).query(mesh, k=NEIGHBOURS + 1, workers=threads())
    # What comes in as the next neighbour has no weight yet, or the lines between regions would be torn.
    weight = (1.0 - distance[:, :-1] / np.maximum(distance[:, -1:], LEAST)) ** 2 + LEAST
    weight /= weight.sum(axis=1, keepdims=True)
    return body_colours.mix(np.asarray(nearest)[:, :-1], weight.astype(np.float32), SOFT)

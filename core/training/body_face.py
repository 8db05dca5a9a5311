"""The face mesh's landmarks on the body model: where its network sees them in pictures of the body itself.

    python -m core.training.body_face

writes core/face/body_face.npz. So the network's own manner, flat noses for example, is in both faces that are compared,
and drops out.
"""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..face.body_face import LANDMARKS, BodyFace
from ..face.network import FaceLandmarker, closer_square
from ..job import atomic_write
from ..render import MeshCaster, orbit_view, shade, silhouette, vertex_normals
from ..turned_square import TurnedSquare

Float = npt.NDArray[np.float32]

# The pictures: half a side in metres, pixels, degrees from the front; a face's square against the side.
RADIUS, PIXELS, AZIMUTHS = 0.17, 384, (-25, 0, 25)
SKIN, BACKGROUND = (225, 170, 140), (90, 110, 120)
SQUARE = 0.95
# Triangles by the middle of which the nearest place is looked for.
NEAR = 24


def find_body_face(model: BodyModel) -> BodyFace:
    """The landmarks of a body."""
    vertices = model.mean_vertices.astype(np.float64)
    head = vertices[model.of_parts("head") & model.exterior]
    centre = (head.min(axis=0) + head.max(axis=0)) / 2
    caster, normals = MeshCaster(vertices, model.triangles), vertex_normals(vertices, model.triangles)
    colours = np.tile(np.array([SKIN], np.uint8), (len(vertices), 1))
    landmarker = FaceLandmarker()
    seen, met, facing = [], [], []
    for azimuth in AZIMUTHS:
        view = orbit_view(azimuth, centre, RADIUS, PIXELS, PIXELS)
        hits = caster.cast(view)
        picture = shade(hits, normals, colours, BACKGROUND)
        points = landmarker.look(picture, TurnedSquare(np.full(2, PIXELS / 2), SQUARE * PIXELS, 0.0)).points
        points = landmarker.look(picture, closer_square(points)).points
        pixels = np.clip(points[:, :2].round().astype(int), 0, PIXELS - 1)
        places = np.zeros((*hits.face.shape, 6), np.float32)
        places[silhouette(hits)] = np.hstack([hits.interpolate(vertices), hits.interpolate(normals)])
        found = places[pixels[:, 1], pixels[:, 0]]
        turn = view.camera_to_world[:3, :3]
        met.append(found[:, :3])
        facing.append(np.maximum(found[:, 3:] @ turn[:, 2], 0.0) ** 2)
        offsets = (points - [PIXELS / 2, PIXELS / 2, 0.0]) * [1, -1, -1] * (2 * RADIUS / PIXELS)
        seen.append(offsets @ turn.T)
    weight = np.stack(facing)[..., None] + 1e-6
    surface = (np.stack(met) * weight).sum(axis=0) / weight.sum(axis=0)
    mean = np.mean(seen, axis=0)
    mean += surface.mean(axis=0) - mean.mean(axis=0)
    corners, weights = _on_surface(surface, vertices, model)
    return BodyFace(mean.astype(np.float32), corners, weights)


def _on_surface(
    points: npt.NDArray[np.floating], vertices: npt.NDArray[np.floating], model: BodyModel
) -> tuple[npt.NDArray[np.int32], Float]:
    """Corners (N, 3) and weights (N, 3) of the nearest places of the head that can be seen."""
    import trimesh
    from scipy.spatial import KDTree

    shown = model.triangles[(model.of_parts("head") & model.exterior)[model.triangles].all(axis=1)]
    triangles = vertices[shown].astype(np.float64)
    near = np.asarray(KDTree(triangles.mean(axis=1)).query(points, k=NEAR)[1])
    repeated = np.repeat(points.astype(np.float64), NEAR, axis=0)
    places = trimesh.triangles.closest_point(triangles[near.ravel()], repeated).reshape(len(points), NEAR, 3)
    nearest = np.linalg.norm(places - points[:, None], axis=2).argmin(axis=1)
    chosen, rows = near[np.arange(len(points)), nearest], np.arange(len(points))
    weights = trimesh.triangles.points_to_barycentric(triangles[chosen], places[rows, nearest])
    return shown[chosen].astype(np.int32), np.asarray(weights, np.float32)


def main() -> int:
    found = find_body_face(BodyModel.load())
    with atomic_write(LANDMARKS) as stream:
        np.savez_compressed(stream, seen=found.seen, corners=found.corners, weights=found.weights)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""MediaPipe's landmarks in space: found in pictures from all sides, and where their rays meet."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import RestageError
from ...person.landmarker import LANDMARK_COUNT, PoseLandmarker
from ...render import CameraView, MeshCaster, silhouette
from ...spaces import CROP_SIZE
from .albedo import Albedo
from .scan import Bytes, Float, Scan
from .views import camera_at

VIEWS, FEWEST = 12, 4
# Canonical units, about 5 cm: a ray that passes further away saw something else (often the other side's limb).
REACH = 0.025
REFINEMENTS = 5
# Rays of that many clear views make a landmark fully trusted.
ENOUGH = 3.0
BACKGROUND, LEAST_LIGHT = 205, 0.55
# Grey people are hardly recognised, those of the colour of skin under a lamp from above as well as in photographs: in
# the camera's axes, right, up and towards it.
SKIN = np.array([224.0, 172.0, 140.0], np.float32)
LAMP, BRIGHT_BACKGROUND, DARKEST = np.array([0.3, 0.6, 0.8]) / np.linalg.norm([0.3, 0.6, 0.8]), 240, 0.2


@dataclass(frozen=True, eq=False)
class Landmarks:
    """points: (33, 3) canonical; trust: (33,) 0-1, how many views agree."""

    points: Float
    trust: Float


def find_landmarks(scan: Scan, caster: MeshCaster) -> Landmarks:
    """Raises RestageError `scan_no_person` when too few views show a person."""
    albedo = Albedo(scan)
    origins, directions, visibility = [], [], []
    with PoseLandmarker() as landmarker:
        for number in range(VIEWS):
            view = CameraView(camera_at(2 * np.pi * number / VIEWS), CROP_SIZE, CROP_SIZE)
            # Seconds apart, so that every picture is searched anew.
            pose = landmarker.find(picture(scan, caster, albedo, view), float(number))
            if pose is None:
                continue
            start, along = view.rays(pose.image.astype(np.float64))
            origins.append(start)
            directions.append(along / np.linalg.norm(along, axis=1, keepdims=True))
            visibility.append(pose.visibility)
    if len(origins) < FEWEST:
        raise RestageError(
            "scan_no_person",
            f"A person was recognised from {len(origins)} of {VIEWS} sides only, so no body can be fitted. Use a scan"
            " of one whole, upright person; if its upward axis is z, give --up z.",
        )
    return triangulate(np.stack(origins), np.stack(directions), np.stack(visibility))


def picture(scan: Scan, caster: MeshCaster, albedo: Albedo, view: CameraView) -> Bytes:
    """(512, 512, 3) uint8 RGB: evenly lit from the camera, on grey; a scan without colours is shown like skin."""
    hits = caster.cast(view)
    seen = silhouette(hits)
    axes = view.camera_to_world[:3, :3]
    normals = hits.interpolate(scan.normals)
    facing = (normals @ axes[:, 2])[:, None]
    if scan.coloured:
        background, least, light = BACKGROUND, LEAST_LIGHT, np.abs(facing)
        colours = albedo.at(hits.face[seen], hits.barycentric[seen])
    else:
        background, least, colours = BRIGHT_BACKGROUND, DARKEST, SKIN
        # Some scans' triangles all face inwards.
        light = np.maximum((normals * np.where(facing < 0, -1, 1)) @ (axes @ LAMP), 0.0)[:, None]
    result = np.full((*seen.shape, 3), background, np.uint8)
    result[seen] = np.clip(colours * (least + (1 - least) * light), 0, 255)
    return result


def triangulate(
    origins: npt.NDArray[np.float64], directions: npt.NDArray[np.float64], visibility: npt.NDArray[np.floating]
) -> Landmarks:
    """Where the rays (views, 33, 3) of each landmark meet; directions are unit vectors, visibility (views, 33) 0-1.

    Every pair of views proposes a point; the one that most views pass by is kept and refined with those views.
    """
    views = len(origins)
    first, second = np.triu_indices(views, 1)
    points, trust = np.zeros((LANDMARK_COUNT, 3)), np.zeros(LANDMARK_COUNT)
    for landmark in range(LANDMARK_COUNT):
        start, along, seen = origins[:, landmark], directions[:, landmark], visibility[:, landmark]
        proposals = np.stack(
            [_meet(start[[a, b]], along[[a, b]], np.ones(2)) for a, b in zip(first, second, strict=True)]
        )
        misses = np.minimum(_miss(proposals, start, along) / REACH, 1.0) ** 2
        point = proposals[np.argmin(misses @ seen)]
        for _ in range(REFINEMENTS):
            weights = seen * np.maximum(1 - (_miss(point[None], start, along)[0] / REACH) ** 2, 0.0) ** 2
            if (weights > 0).sum() < 2:
                break
            point = _meet(start, along, weights)
        agreeing = seen @ (_miss(point[None], start, along)[0] < REACH)
        points[landmark], trust[landmark] = point, min(1.0, agreeing / ENOUGH)
    return Landmarks(points.astype(np.float32), trust.astype(np.float32))


def _meet(
    origins: npt.NDArray[np.float64], directions: npt.NDArray[np.float64], weights: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64]:
    """(3,) the point with the least weighted squared distance from rays (N, 3)."""
    across = weights[:, None, None] * (np.eye(3) - directions[:, :, None] * directions[:, None, :])
    # Nearly parallel rays leave the depth open; it stays near the volume's middle.
    return np.linalg.solve(across.sum(axis=0) + 1e-6 * np.eye(3), np.einsum("nij,nj->i", across, origins))


def _miss(
    points: npt.NDArray[np.float64], origins: npt.NDArray[np.float64], directions: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(M, 3) points, (N, 3) rays -> (M, N) distances."""
    return np.linalg.norm(np.cross(points[:, None] - origins, directions), axis=2)

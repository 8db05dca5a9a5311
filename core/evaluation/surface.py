"""Figures about the frames' meshes: agreement with the mask, and how quietly the surface moves."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..job import Job
from ..ply import read_ply
from ..props.files import person_mask
from ..render import CameraView, MeshCaster, silhouette, vertex_normals
from ..spaces import Array
from .motion import REFERENCE_RATE

if TYPE_CHECKING:
    from scipy.spatial import KDTree

SAMPLES = 2000


def silhouette_overlap(job: Job, number: int) -> float:
    """Intersection over union of the mesh, seen through the saved camera, and the mask, in the picture's pixels."""
    vertices, faces, _ = read_ply(job.mesh_path(number))
    mask = person_mask(job, number) > 127
    height, width = mask.shape
    seen = silhouette(MeshCaster(vertices, faces).cast(CameraView(job.camera(), width, height)))
    union = int((seen | mask).sum())
    return float((seen & mask).sum() / union) if union else 1.0


def surface_acceleration(job: Job, numbers: list[int], rate: float) -> npt.NDArray[np.float64]:
    """Typical acceleration of the surface along its normal, mm per reference frame squared, one entry a frame.

    Works for meshes that share no topology: SAMPLES points of the middle frame look for the nearest vertex in the
    frames before and after, and only the distance along the normal counts. A frame's entry is the median.
    """
    from scipy.spatial import KDTree

    results = []
    meshes: dict[int, tuple[Array, Array, KDTree]] = {}
    for before, number, after in zip(numbers, numbers[1:], numbers[2:], strict=False):
        for wanted in (before, number, after):
            if wanted not in meshes:
                vertices, faces, _ = read_ply(job.mesh_path(wanted))
                meshes[wanted] = (vertices, vertex_normals(vertices, faces), KDTree(vertices))
        if after - number == number - before:
            vertices, normals, _ = meshes[number]
            chosen = np.linspace(0, len(vertices) - 1, min(SAMPLES, len(vertices))).astype(int)
            points, directions = vertices[chosen], normals[chosen]
            second = sum(_offset(points, directions, meshes[other]) for other in (before, after))
            to_reference = (rate / (after - number) / REFERENCE_RATE) ** 2
            results.append(float(np.median(np.abs(second))) * 1000.0 * to_reference)
        del meshes[before]
    return np.array(results)


def _offset(points: Array, directions: Array, mesh: tuple[Array, Array, "KDTree"]) -> Array:
    """Signed distance along `directions` from points (N, 3) to the plane of the mesh's nearest vertex, metres: (N,)."""
    vertices, _, tree = mesh
    nearest = vertices[tree.query(points)[1]]
    return ((nearest - points) * directions).sum(axis=1)

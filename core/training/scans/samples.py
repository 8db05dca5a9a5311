"""Points inside and outside a scan, near its surface and anywhere (pamir.md 9.4)."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...job import atomic_write
from ..labels import WINDING, sample_surface
from .scan import Float, Scan

SURFACE_POINTS, BOX_POINTS, CUBE_POINTS = 400_000, 50_000, 25_000
# Points of each kind that are kept of the uniform ones, and of both.
UNIFORM_SIDE, UNIFORM_ALL = 12_500, 25_000
# Canonical units: how far points near the surface are moved, and where it is strongly curved (fingers, faces).
SPREAD, CURVED_SPREAD = 0.025, 0.01
# Canonical units, and share of the scan's strongest curvature.
CURVATURE_RADIUS, CURVED = 0.004, 0.004
GROUPS = ("surface_inside", "surface_outside", "uniform_inside", "uniform_outside")

Samples = dict[str, Float]


def occupancy_samples(scan: Scan, rng: np.random.Generator, surface_points: int = SURFACE_POINTS) -> Samples:
    """Points (K, 3) float32 by the names of GROUPS, canonical."""
    near, chosen, weights = sample_surface(scan.vertices, scan.faces, surface_points, rng)
    curvature = np.abs(np.einsum("nk,nk->n", weights, gaussian_curvature(scan)[scan.faces[chosen]]))
    spread = np.where(curvature > CURVED * max(float(curvature.max()), 1e-12), CURVED_SPREAD, SPREAD)
    near = (near + rng.normal(size=near.shape) * spread[:, None]).astype(np.float32)
    box = rng.uniform(scan.vertices.min(axis=0), scan.vertices.max(axis=0), (BOX_POINTS, 3)).astype(np.float32)
    cube = rng.uniform(-0.5, 0.5, (CUBE_POINTS, 3)).astype(np.float32)
    is_near, is_box, is_cube = (inside(scan, points) for points in (near, box, cube))
    within = box[is_box][:UNIFORM_SIDE]
    return {
        "surface_inside": near[is_near],
        "surface_outside": near[~is_near],
        "uniform_inside": within,
        # Thin people fill little of their box; points outside make up for it.
        "uniform_outside": cube[~is_cube][: UNIFORM_ALL - len(within)],
    }


def inside(scan: Scan, points: Float) -> npt.NDArray[np.bool_]:
    """(N, 3) -> (N,) whether the scan encloses each point, by its winding number: scans have holes.

    The absolute value, since some scans' triangles all face inwards.
    """
    import igl

    winding = igl.fast_winding_number(
        scan.vertices.astype(np.float64), scan.faces.astype(np.int64), points.astype(np.float64)
    )
    return np.abs(winding) > WINDING


def gaussian_curvature(scan: Scan) -> Float:
    """(V,) the discrete Gaussian curvature measure: angle defects summed within CURVATURE_RADIUS of each vertex
    (Cohen-Steiner and Morvan, SoCG 2003); an open border counts as flat."""
    from scipy.spatial import KDTree

    place, first = scan.places
    points, faces = scan.vertices[first].astype(np.float64), place[scan.faces]
    defects = 2 * np.pi - np.bincount(faces.ravel(), _corner_angles(points[faces]).ravel(), len(points))
    defects[_border(faces)] = 0.0
    tree = KDTree(points)
    total = np.zeros(len(points))
    for start in range(0, len(points), 20_000):
        near = tree.query_ball_point(points[start : start + 20_000], CURVATURE_RADIUS)
        counts = np.fromiter(map(len, near), int, len(near))
        owners = np.repeat(np.arange(len(near)), counts)
        total[start : start + len(near)] = np.bincount(owners, defects[np.concatenate(near).astype(int)], len(near))
    return total.astype(np.float32)[place]


def write_samples(path: Path, samples: Samples) -> None:
    """Write the groups by their names, or any arrays."""
    with atomic_write(path) as stream:
        np.savez(stream, **samples)


def read_samples(path: Path) -> Samples:
    """Read what write_samples wrote."""
    with np.load(path, allow_pickle=False) as values:
        return {name: values[name] for name in GROUPS}


def _corner_angles(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(T, 3, 3) triangles -> (T, 3) radians; 0 where a side has no length."""
    first, second = np.roll(corners, -1, axis=1) - corners, np.roll(corners, 1, axis=1) - corners
    return np.arctan2(np.linalg.norm(np.cross(first, second), axis=2), (first * second).sum(axis=2))


def _border(faces: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Vertices of edges that only one triangle has."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, counts = np.unique(edges, axis=0, return_counts=True)
    return np.unique(unique[counts == 1])

"""The body's vertices around each sample: what PaMIR's depth-aware loss moves it with (pamir.md 8, 9.5)."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...job import atomic_write
from .samples import Samples
from .scan import Float, Int

NEIGHBOURS = 4


def nearest_vertices(points: Float, body: Float) -> tuple[Int, Float]:
    """(K, 3) points and (V, 3) vertices -> (K, 4) indices of the nearest and (K, 4) their distances, nearest first."""
    from scipy.spatial import KDTree

    distances, indices = KDTree(body).query(points, NEIGHBOURS)
    return np.asarray(indices, np.int32), np.asarray(distances, np.float32)


def write_association(path: Path, samples: Samples, body: Float) -> None:
    """Write `association.npz`: index_GROUP (K, 4) int32 and distance_GROUP (K, 4) float32 for each group of samples."""
    values: dict[str, npt.NDArray[np.generic]] = {}
    for name, points in samples.items():
        values[f"index_{name}"], values[f"distance_{name}"] = nearest_vertices(points, body)
    with atomic_write(path) as stream:
        np.savez(stream, **values)

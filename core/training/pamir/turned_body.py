"""The true body of a scan as one view sees it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...body.model import BodyModel
from ...pamir.parameters import BodyParameters
from ...render import MeshCaster
from .scan import Float, ScanBody


@dataclass(frozen=True)
class TurnedBody:
    """turn: (3, 3) from the scan to the view; vertices: (V, 3) canonical, in the view; parameters: SMPL's in the scan,
    None for the open body; inside: (R, R, R) bool, axes z, y, x, voxels in the open body, None for SMPL, whose
    tetrahedra say it."""

    turn: Float
    vertices: Float
    parameters: BodyParameters | None
    inside: npt.NDArray[np.bool_] | None

    @classmethod
    def of(cls, body: ScanBody, angle: float, resolution: int) -> "TurnedBody":
        """The body of a scan under the camera at an angle, voxelised at a resolution where no tetrahedra are needed."""
        turn = turn_to(angle)
        vertices = body.vertices @ turn.T
        return cls(turn, vertices, body.parameters, enclosed(vertices, resolution) if body.kind == "open" else None)


def turn_to(angle: float) -> Float:
    """(3, 3): what brings a point before the camera at an angle, as x cos - z sin, y, x sin + z cos (pamir.md 9)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]], np.float32)


def enclosed(vertices: Float, resolution: int) -> npt.NDArray[np.bool_]:
    """(R, R, R), axes z, y, x: voxels whose centres lie in the open body, (V, 3) canonical.

    Of the tetrahedral body a voxel asks whether it lies in a tetrahedron; this one is a closed surface, so rays tell.
    """
    axis = ((np.arange(resolution) + 0.5) / resolution - 0.5).astype(np.float32)
    low, high = np.searchsorted(axis, vertices.min(axis=0)), np.searchsorted(axis, vertices.max(axis=0))
    x, y, z = (axis[start:stop] for start, stop in zip(low, high, strict=True))
    inside = np.zeros((resolution,) * 3, bool)
    grid = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)
    found = MeshCaster(vertices, BodyModel.load().triangles).inside(grid.reshape(-1, 3))
    inside[low[2] : high[2], low[1] : high[1], low[0] : high[0]] = found.reshape(grid.shape[:3])
    return inside

"""The view that is never trained with, and pictures of the true and the predicted person in it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ...picture import Picture
from ...render import MeshCaster, orbit_view, shade, vertex_normals
from .scan import Float, Scan
from .turned_body import turn_to

TILE = 256
# From the front and from the person's left, degrees.
AZIMUTHS = (0.0, 90.0)
CENTRE, RADIUS = np.zeros(3), 0.5


@dataclass(frozen=True)
class Split:
    """views: all that are trained with, as scan and number; held_back: the one that shows how far it is."""

    views: tuple[tuple[Scan, int], ...]
    held_back: tuple[Scan, int]

    @classmethod
    def of(cls, scans: list[Scan]) -> "Split":
        """Of several scans the last is never trained with, of one its last view; a single view serves for both."""
        views = [(scan, view) for scan in scans for view in range(len(scan.angles))]
        if len(scans) > 1:
            return cls(tuple(pair for pair in views if pair[0] is not scans[-1]), (scans[-1], 0))
        return cls(tuple(views[:-1] or views), views[-1])


@dataclass(frozen=True)
class TrueMesh:
    """The surface of a scan as a view sees it: (V, 3) canonical and (T, 3)."""

    vertices: Float
    faces: npt.NDArray[np.int32]

    @classmethod
    def of(cls, scan: Scan, view: int) -> "TrueMesh":
        vertices, faces = scan.mesh()
        return cls((vertices @ turn_to(scan.angles[view]).T).astype(np.float32), faces)

    def inside(self, points: Float) -> npt.NDArray[np.bool_]:
        """(N, 3) -> (N,)."""
        return MeshCaster(self.vertices, self.faces).inside(points)


def shaded(vertices: Float, faces: npt.NDArray[np.int32]) -> list[Picture]:
    """A grey mesh from AZIMUTHS, (TILE, TILE, 3) each."""
    caster, normals = MeshCaster(vertices, faces), vertex_normals(vertices, faces)
    views = [orbit_view(azimuth, CENTRE, RADIUS, TILE, TILE) for azimuth in AZIMUTHS]
    return [shade(caster.cast(view), normals) for view in views]


def coloured(mesh: TrueMesh, colours: Callable[[Float], Float]) -> list[Picture]:
    """A mesh from AZIMUTHS in the colours (N, 3) RGB 0-1 that its points (N, 3) are given, (TILE, TILE, 3) each."""
    caster = MeshCaster(mesh.vertices, mesh.faces)
    pictures = []
    for azimuth in AZIMUTHS:
        hits = caster.cast(orbit_view(azimuth, CENTRE, RADIUS, TILE, TILE))
        picture = np.full((TILE, TILE, 3), 255, np.uint8)
        seen = hits.face >= 0
        if seen.any():
            points = hits.interpolate(mesh.vertices).astype(np.float32)
            picture[seen] = np.clip(colours(points) * 255.0 + 0.5, 0, 255).astype(np.uint8)
        pictures.append(picture)
    return pictures


def slices(occupancy: Callable[[Float], Float]) -> list[Picture]:
    """Occupancy 0-1 in the planes z = 0 and x = 0, black to white, (TILE, TILE, 3) each."""
    axis = ((np.arange(TILE // 4) + 0.5) / (TILE // 4) - 0.5).astype(np.float32)
    across, up = np.meshgrid(axis, axis[::-1])
    zero = np.zeros_like(across)
    pictures = []
    for plane in ((across, up, zero), (zero, up, -across)):
        values = occupancy(np.stack(plane, axis=-1).reshape(-1, 3)).reshape(across.shape)
        grey = np.clip(values * 255.0 + 0.5, 0, 255).astype(np.uint8)
        pictures.append(np.repeat(np.repeat(np.repeat(grey[..., None], 3, axis=2), 4, axis=0), 4, axis=1))
    return pictures


def row(image: Float, tiles: list[Picture]) -> Picture:
    """The picture (3, S, S) RGB 0-1, then tiles, side by side."""
    shown = cv2.resize(np.ascontiguousarray(image.transpose(1, 2, 0)), (TILE, TILE), interpolation=cv2.INTER_AREA)
    return np.concatenate([np.clip(shown * 255.0 + 0.5, 0, 255).astype(np.uint8), *tiles], axis=1)

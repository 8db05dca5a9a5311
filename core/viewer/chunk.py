"""Frame meshes packed for the result page: small, and quick to unpack in a browser (viewer.js is the other half).

A chunk holds a few consecutive frames. Positions are 16 bit in the chunk's own box, every array is stored as
differences that deflate packs well:
  per frame   uint32 vertex count, uint32 face count (0: the faces of the frame before in the chunk)
              positions   uint16, all x, then all y, then all z
              colours     uint8, all red, then green, then blue
              indices     uint32, corner after corner
Where a frame has the faces of the one before, positions and colours are differences to that frame, otherwise to the
value before in the same array. 16 and 32 bit arrays are stored byte plane by byte plane, the low bytes first.
"""

import base64
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render.hits import Picture
from ..spaces import Array

# Meshes are reduced so that the whole page stays at about 50 MB; the files in frames/ keep everything.
PAGE_FACES = 4_000_000
FEWEST_FACES, MOST_FACES = 15_000, 50_000
# Up to here a mesh is kept as it is: body models are no larger, and their frames share their faces.
KEPT_FACES = 30_000


@dataclass(frozen=True)
class PageMesh:
    """vertices: (V, 3) metres; faces: (T, 3); colours: (V, 3) uint8."""

    vertices: Array
    faces: npt.NDArray[np.integer]
    colours: Picture


@dataclass(frozen=True)
class Chunk:
    """A few frames, packed. data: base64 of a zlib stream; low, high: (3,) corners of the box that holds them, metres;
    step: (3,) size of one step along each axis, metres."""

    data: str
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    step: npt.NDArray[np.float64]


def faces_per_frame(frames: int) -> int:
    """How many faces a frame's mesh may have on a page of so many frames."""
    return int(np.clip(PAGE_FACES // max(frames, 1), FEWEST_FACES, MOST_FACES))


def reduce_mesh(mesh: PageMesh, faces: int) -> PageMesh:
    """The mesh with at most `faces` faces, unless it is small anyway; colours come from the nearest vertex."""
    if len(mesh.faces) <= max(faces, KEPT_FACES):
        return mesh
    import fast_simplification
    from scipy.spatial import KDTree

    simplified = fast_simplification.simplify(
        mesh.vertices.astype(np.float64), mesh.faces.astype(np.int32), target_count=faces
    )
    vertices, corners = simplified[0], simplified[1]
    return PageMesh(vertices, corners, mesh.colours[KDTree(mesh.vertices).query(vertices)[1]])


def pack_chunk(meshes: list[PageMesh]) -> Chunk:
    """Meshes of consecutive frames as one chunk."""
    low = np.min([mesh.vertices.min(axis=0) for mesh in meshes], axis=0).astype(np.float64)
    high = np.max([mesh.vertices.max(axis=0) for mesh in meshes], axis=0).astype(np.float64)
    step = np.maximum(high - low, 1e-6) / 65535.0
    parts: list[bytes] = []
    before: PageMesh | None = None
    positions_before = np.zeros((0, 3), np.uint16)
    for mesh in meshes:
        positions = np.rint((mesh.vertices - low) / step).astype(np.uint16)
        shared = before is not None and np.array_equal(before.faces, mesh.faces)
        parts.append(np.array([len(positions), 0 if shared else len(mesh.faces)], "<u4").tobytes())
        if shared and before is not None:
            parts.append(_planes((positions - positions_before).T))
            parts.append(np.ascontiguousarray((mesh.colours - before.colours).T).tobytes())
        else:
            parts.append(_planes(_differences(positions.T.ravel())))
            parts.append(_differences(mesh.colours.T.ravel()).tobytes())
            parts.append(_planes(_differences(mesh.faces.ravel().astype(np.uint32))))
        before, positions_before = mesh, positions
    packed = zlib.compress(b"".join(parts), 6)
    return Chunk(base64.b64encode(packed).decode("ascii"), low, high, step)


def pack_steps(values: npt.NDArray[np.uint16]) -> str:
    """(N, C) values column after column, packed as a chunk's positions are, base64 of a zlib stream."""
    return base64.b64encode(zlib.compress(_planes(_differences(values.T.ravel())), 6)).decode("ascii")


def _differences(values: npt.NDArray) -> npt.NDArray:
    """Each value minus the one before, wrapping around in its own type."""
    result = values.copy()
    result[1:] -= values[:-1]
    return result


def _planes(values: npt.NDArray) -> bytes:
    """Little-endian bytes of an unsigned array, all low bytes first."""
    data = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"))
    return data.view(np.uint8).reshape(-1, values.dtype.itemsize).T.tobytes()

"""Frame meshes on disk: binary little-endian PLY with a colour per vertex, the one layout that Restage writes.

Standard library and numpy only: Blender reads and the worker writes through this module.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import RestageError
from .job import atomic_write

VERTEX = np.dtype([("position", "<f4", 3), ("colour", "u1", 3)])
FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])

# A header is about 250 bytes; looking further would only read mesh data as text.
HEADER_LIMIT = 4096

HEADER = """ply
format binary_little_endian 1.0
element vertex {vertices}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face {faces}
property list uchar int vertex_indices
end_header
"""

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]


def write_ply(path: Path, vertices: npt.NDArray, faces: npt.NDArray, colours: npt.NDArray) -> None:
    """Write a mesh atomically.

    vertices: (V, 3) metres, world space, stored as float32; faces: (T, 3) vertex indices, counter-clockwise seen
    from outside; colours: (V, 3) uint8 sRGB. Raises RestageError `mesh_invalid` for arrays that do not fit together.
    """
    _check(path, vertices, faces, colours)
    vertex_block = np.empty(len(vertices), VERTEX)
    vertex_block["position"] = vertices
    vertex_block["colour"] = colours
    face_block = np.empty(len(faces), FACE)
    face_block["count"] = 3
    face_block["corners"] = faces
    with atomic_write(path) as stream:
        stream.write(HEADER.format(vertices=len(vertices), faces=len(faces)).encode("ascii"))
        stream.write(vertex_block.tobytes())
        stream.write(face_block.tobytes())


def read_ply(path: Path) -> tuple[Floats, Integers, Bytes]:
    """Read a mesh that write_ply wrote: vertices (V, 3) float32, faces (T, 3) int32, colours (V, 3) uint8 sRGB.

    Raises RestageError `mesh_unreadable` when the file is missing, has another layout, is truncated, or holds
    indices or coordinates that no mesh can have.
    """
    try:
        if not path.is_file():
            raise _unreadable(path, "there is no such file")
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    vertex_count, face_count, start = _parse_header(path, content)
    end = start + vertex_count * VERTEX.itemsize
    size = end + face_count * FACE.itemsize
    if len(content) != size:
        raise _unreadable(path, f"it has {len(content)} bytes instead of {size}")
    vertex_block = np.frombuffer(content, VERTEX, vertex_count, start)
    face_block = np.frombuffer(content, FACE, face_count, end)
    vertices = np.ascontiguousarray(vertex_block["position"], np.float32)
    faces = np.ascontiguousarray(face_block["corners"], np.int32)
    if (face_block["count"] != 3).any():
        raise _unreadable(path, "not every face is a triangle")
    if face_count and (faces.min() < 0 or faces.max() >= vertex_count):
        raise _unreadable(path, "a face names a vertex that does not exist")
    if not np.isfinite(vertices).all():
        raise _unreadable(path, "a coordinate is not a number")
    return vertices, faces, np.ascontiguousarray(vertex_block["colour"])


def _parse_header(path: Path, content: bytes) -> tuple[int, int, int]:
    """Number of vertices, number of faces, and where the data starts."""
    head, mark, _ = content[:HEADER_LIMIT].partition(b"end_header\n")
    if not content.startswith(b"ply\n") or not mark:
        raise _unreadable(path, "it is not a PLY file")
    text = (head + mark).decode("ascii", errors="replace")
    lines = [line for line in text.splitlines() if not line.startswith("comment")]
    counts = {parts[1]: parts[2] for parts in map(str.split, lines) if parts[:1] == ["element"] and len(parts) == 3}
    try:
        vertices, faces = int(counts["vertex"]), int(counts["face"])
    except (KeyError, ValueError) as error:
        raise _unreadable(path, "its header does not count vertices and faces") from error
    if min(vertices, faces) < 0 or lines != HEADER.format(vertices=vertices, faces=faces).splitlines():
        raise _unreadable(path, "its layout is not the one of docs/job-folder.md")
    return vertices, faces, len(head) + len(mark)


def _check(path: Path, vertices: npt.NDArray, faces: npt.NDArray, colours: npt.NDArray) -> None:
    def refuse(why: str) -> RestageError:
        return RestageError("mesh_invalid", f"The mesh for {path.name} cannot be written: {why}.")

    for name, array in (("vertices", vertices), ("faces", faces), ("colours", colours)):
        if array.ndim != 2 or array.shape[1] != 3:
            raise refuse(f"{name} have the shape {array.shape} instead of (n, 3)")
    if len(colours) != len(vertices) or colours.dtype != np.uint8:
        raise refuse(f"{len(vertices)} vertices need as many uint8 colours, not {len(colours)} of {colours.dtype}")
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise refuse("a face names a vertex that does not exist")
    if not np.isfinite(vertices).all():
        raise refuse("a coordinate is not a number")


def _unreadable(path: Path, why: str) -> RestageError:
    return RestageError(
        "mesh_unreadable", f"{path} cannot be read: {why}. Delete the file and run the reconstruction with --resume."
    )

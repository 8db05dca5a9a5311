"""A piece of MakeHuman's wardrobe: clothes, shoes or hair that fit a body of any shape."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import RestageError

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]

AXES = ("x", "y", "z")


@dataclass(frozen=True, eq=False)
class Garment:
    """V vertices bound to the vertices of MakeHuman's base mesh (hm08, 19,158 vertices), T triangles.

    uv: (U, 2) origin at the bottom left; uv_triangles: (T, 3) into uv; bound: (V, 3) base vertices, shares: (V, 3)
    their shares, offsets: (V, 3) in MakeHuman's units, +Y up; scales: for each axis two base vertices and the distance
    between them for which the offsets were made; hidden: base vertices that the garment covers.
    """

    name: str
    triangles: Int
    uv: Float
    uv_triangles: Int
    bound: Int
    shares: Float
    offsets: Float
    scales: tuple[tuple[int, int, float], ...]
    hidden: Int

    @classmethod
    def load(cls, path: Path) -> "Garment":
        """Read `.mhclo` and the `.obj` beside it. Raises RestageError `garment_unreadable`."""
        try:
            words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
            named = {line[0]: line[1:] for line in words if line and not _is_number(line[0])}
            start = next(i for i, line in enumerate(words) if line[:1] == ["verts"])
            rows = [line for line in words[start + 1 :] if line and _is_number(line[0])]
            ends = [i for i, line in enumerate(words) if line[:1] == ["delete_verts"]]
            covered = [line for line in words[ends[0] + 1 :] if line and line[0].isdigit()] if ends else []
            rows = rows[: len(rows) - len(covered)]
            bound = np.array([[int(v) for v in row[:3]] if len(row) > 1 else [int(row[0])] * 3 for row in rows])
            values = [[float(v) for v in row[3:9]] if len(row) > 1 else [1.0, 0, 0, 0, 0, 0] for row in rows]
            numbers = np.array(values, np.float32)
            scales = tuple(
                (int(named[f"{axis}_scale"][0]), int(named[f"{axis}_scale"][1]), float(named[f"{axis}_scale"][2]))
                for axis in AXES
            )
            triangles, uv, uv_triangles = _read_obj(path.parent / named["obj_file"][0])
            if triangles.max() >= len(bound):
                raise ValueError("the .obj has other vertices than the .mhclo")
            return cls(
                name=path.stem,
                triangles=triangles,
                uv=uv,
                uv_triangles=uv_triangles,
                bound=bound.astype(np.int32),
                shares=numbers[:, :3],
                offsets=numbers[:, 3:],
                scales=scales,
                hidden=_ranges(covered),
            )
        except (OSError, ValueError, KeyError, IndexError, StopIteration) as error:
            raise RestageError(
                "garment_unreadable",
                f"{path} is not a garment of MakeHuman ({type(error).__name__}: {error}). Point --garments at a folder"
                " of .mhclo files with their .obj files beside them.",
            ) from error

    def fitted(self, base: Float) -> Float:
        """(V, 3) the garment's vertices on a body. base: (19158, 3) metres, +Y up, facing +Z."""
        size = np.array(
            [abs(base[a, axis] - base[b, axis]) / made for axis, (a, b, made) in enumerate(self.scales)], np.float32
        )
        return np.einsum("vk,vkc->vc", self.shares, base[self.bound]) + self.offsets * size

    def weights(self, base: Float) -> Float:
        """(V, B) skinning weights, taken over from the base vertices'. base: (19158, B)."""
        weights = np.einsum("vk,vkb->vb", self.shares, base[self.bound]).clip(0)
        return weights / weights.sum(axis=1, keepdims=True)


def _is_number(word: str) -> bool:
    return word.lstrip("-").replace(".", "", 1).isdigit()


def _ranges(lines: list[list[str]]) -> Int:
    """Vertices listed as `3 5 - 9 12`."""
    found: list[int] = []
    for line in lines:
        numbers = iter(line)
        for word in numbers:
            if word == "-":
                found.extend(range(found[-1] + 1, int(next(numbers)) + 1))
            else:
                found.append(int(word))
    return np.array(found, np.int32)


def _read_obj(path: Path) -> tuple[Int, Float, Int]:
    """Triangles (T, 3), texture coordinates (U, 2), their triangles (T, 3); polygons become fans."""
    uv: list[list[float]] = []
    corners: list[list[tuple[int, int]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["vt"]:
            uv.append([float(words[1]), float(words[2])])
        elif words[:1] == ["f"]:
            polygon = [(int(word.split("/")[0]) - 1, int(word.split("/")[1]) - 1) for word in words[1:]]
            corners.extend([polygon[0], polygon[i], polygon[i + 1]] for i in range(1, len(polygon) - 1))
    both = np.array(corners, np.int32)
    return both[..., 0], np.array(uv, np.float32), both[..., 1]

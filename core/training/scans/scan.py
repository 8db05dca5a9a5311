"""A textured scan of a person: read from the user's file, and kept as `mesh.npz`."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import RestageError
from ...job import atomic_write
from ...spaces import Array

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

ENDINGS = (".obj", ".ply", ".glb")
# Turns that bring a scan's own upward axis to +y.
UPRIGHT = {
    "y": np.eye(3),
    "z": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
}


@dataclass(frozen=True, eq=False)
class Scan:
    """V vertices (split at seams of the texture) and T triangles, +y up.

    vertices: (V, 3), as read float64, in the canonical volume float32; faces: (T, 3); either colours: (V, 3) uint8
    RGB, or uv: (V, 2), origin at the texture's top left, with texture: (H, W, 3) uint8 RGB; or nothing of these for a
    shape without colours.
    """

    vertices: Array
    faces: Int
    colours: Bytes | None = None
    uv: Float | None = None
    texture: Bytes | None = None

    @classmethod
    def load(cls, path: Path) -> "Scan":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as values:
            arrays = {name: values[name] for name in ("colours", "uv", "texture") if name in values.files}
            return cls(values["vertices"], values["faces"], **arrays)

    def save(self, path: Path, **more: npt.ArrayLike) -> None:
        """Write the arrays by their names, and more of them, atomically."""
        arrays = {name: value for name, value in vars(self).items() if name in _NAMES and value is not None}
        with atomic_write(path) as stream:
            np.savez_compressed(stream, **arrays, **{name: np.asarray(value) for name, value in more.items()})

    def moved(self, vertices: Array) -> "Scan":
        """The same scan with its vertices elsewhere, (V, 3) -> float32."""
        return replace(self, vertices=np.ascontiguousarray(vertices, np.float32))

    @property
    def coloured(self) -> bool:
        """Whether anything is known of the person's colours."""
        return self.colours is not None or self.texture is not None

    @cached_property
    def places(self) -> tuple[Int, Int]:
        """Vertices that a seam splits share one place: (V,) the place of each vertex, (P,) a vertex of each place."""
        _, first, place = np.unique(self.vertices, axis=0, return_index=True, return_inverse=True)
        return place.ravel().astype(np.int32), first.astype(np.int32)

    @cached_property
    def normals(self) -> Float:
        """(V, 3) smooth unit normals, without breaks at seams; zero where a vertex has no face."""
        from ...render import vertex_normals

        place, first = self.places
        return vertex_normals(self.vertices[first], place[self.faces])[place]


_NAMES = ("vertices", "faces", "colours", "uv", "texture")


def scan_files(folder: Path) -> list[Path]:
    """The scans below a folder, sorted; raises RestageError `dataset_empty` when there is none."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS) if folder.is_dir() else []
    if not files:
        raise RestageError(
            "dataset_empty", f"{folder} holds no scans. Give the folder of your scans ({', '.join(ENDINGS)})."
        )
    return files


def read_scan(path: Path, up: str = "y") -> Scan:
    """Read an OBJ (with the texture of its MTL, or vertex colours), PLY (the same) or GLB in its own units.

    Several parts with textures of their own get one texture. What is all of one colour counts as without colours. up:
    which of the file's axes points up, y or z. Raises RestageError `scan_unreadable`.
    """
    import trimesh

    from .obj_file import ObjFile
    from .ply_file import ply_scene

    try:
        ending = path.suffix.lower()
        if ending == ".obj":
            scene = ObjFile.read(path).scene()
        else:
            scene = ply_scene(path) if ending == ".ply" else trimesh.load_scene(path, process=False)
        mesh: Any = scene.to_mesh()
        vertices, faces = np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int32).reshape(-1, 3)
        _check_mesh(vertices, faces)
        look = _look(mesh.visual)
    # A damaged file may end the reader anywhere.
    except Exception as error:
        raise _unreadable(path, str(error) or type(error).__name__) from error
    scan = _without_loose_vertices(Scan(vertices @ UPRIGHT[up].T, faces, **look))
    return replace(scan, colours=None, uv=None, texture=None) if _plain(scan) else scan


def _check_mesh(vertices: npt.NDArray[np.float64], faces: Int) -> None:
    """Raises ValueError for a mesh that is none: vertices (V, 3), faces (T, 3)."""
    if len(faces) == 0:
        raise ValueError("it has no triangles")
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise ValueError("its vertices have no three coordinates")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise ValueError("its triangles use vertices that are not there")
    if not np.isfinite(vertices).all():
        raise ValueError("some of its vertices are not finite")
    first, second, third = np.moveaxis(vertices[faces], 1, 0)
    if not np.cross(second - first, third - first).any():
        raise ValueError("its triangles have no area")


def _look(visual: Any) -> dict[str, Any]:
    """The texture and its coordinates where there are both, else colours of the vertices, if there are any."""
    material = getattr(visual, "material", None)
    image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    uv = getattr(visual, "uv", None)
    if image is not None and uv is not None:
        # Readers count v from the bottom.
        turned = np.stack([uv[:, 0], 1.0 - uv[:, 1]], axis=1)
        return {"uv": turned.astype(np.float32), "texture": np.array(image.convert("RGB"))}
    if not hasattr(visual, "vertex_colors"):
        # One colour for everything.
        return {}
    return {"colours": np.ascontiguousarray(np.asarray(visual.vertex_colors, np.uint8)[:, :3])}


def _plain(scan: Scan) -> bool:
    """Whether a scan shows one colour only, as readers give it to whatever has none."""
    if scan.uv is None or scan.texture is None:
        return scan.colours is None or not np.ptp(scan.colours, axis=0).any()
    height, width = scan.texture.shape[:2]
    middles = scan.uv[scan.faces].mean(axis=1)
    columns, rows = (np.floor(middles * [width, height]).astype(np.int64) % [width, height]).T
    return not np.ptp(scan.texture[rows, columns], axis=0).any()


def _without_loose_vertices(scan: Scan) -> Scan:
    """Without vertices that no triangle uses, which would count for the bounding box."""
    used, faces = np.unique(scan.faces, return_inverse=True)
    colours = None if scan.colours is None else scan.colours[used]
    uv = None if scan.uv is None else scan.uv[used]
    return Scan(scan.vertices[used], faces.reshape(-1, 3).astype(np.int32), colours, uv, scan.texture)


def _unreadable(path: Path, why: str) -> RestageError:
    return RestageError(
        "scan_unreadable",
        f"{path} is not a scan that can be used: {why}. Put what is missing beside it, export it again as OBJ with its"
        " texture, PLY or GLB, or take it out of the folder.",
    )

"""A scan on disk: a person's true shape and colours, pictures of it from all around, and the body inside."""

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ...errors import RestageError
from ...events import Events
from ...pamir.parameters import BodyParameters, read_parameters
from ...picture import read_mask, read_picture

Float = npt.NDArray[np.float32]
Kind = Literal["open", "smpl"]

# What a scan's folder holds, besides the pictures of every view in `color`, `mask` and `color_uv`.
FILES = ("mesh.npz", "uv.npz", "views.npz", "samples.npz", "association.npz", "body.npz")
# Where points lie, and whether they are inside.
PLACES = {"surface_inside": 1.0, "surface_outside": 0.0, "uniform_inside": 1.0, "uniform_outside": 0.0}
# Scans whose arrays stay in memory; their points are about 20 MB each.
KEPT = 24


@dataclass(frozen=True)
class ScanBody:
    """kind: `open` is Restage's own body, `smpl` SMPL; vertices: (V, 3) canonical, not turned to any view;
    parameters: SMPL's, y-up, None for the open body."""

    kind: Kind
    vertices: Float
    parameters: BodyParameters | None


@dataclass(frozen=True)
class Scan:
    """folder: of one scan (docs/scans.md lists its files); angles: (N,) radians, where the camera of each view
    stands around the person: at 0 in front (+z), at pi / 2 on the side of +x; coloured: False where the colours of its
    pictures are nobody's."""

    folder: Path
    angles: tuple[float, ...]
    coloured: bool = True

    @classmethod
    def open(cls, folder: Path) -> "Scan":
        """Raises RestageError `scan_unreadable` when something is missing or damaged."""
        lacking = [name for name in FILES if not (folder / name).is_file()]
        if lacking:
            raise unreadable(folder, f"it has no {', '.join(lacking)}")
        angles = tuple(float(angle) for angle in _wanted(folder / "views.npz", ("angles",))["angles"])
        last = f"{len(angles) - 1:04d}"
        pictures = (f"color/{last}.jpg", f"mask/{last}.png", f"color_uv/{last}.jpg")
        lacking = [name for name in pictures if not (folder / name).is_file()]
        if lacking:
            raise unreadable(folder, f"it has no {', '.join(lacking)}")
        return cls(folder, angles, _is_coloured(folder / "mesh.npz"))

    @property
    def name(self) -> str:
        return self.folder.name

    def picture(self, view: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """(H, W, 3) RGB and (H, W) mask, 0-255."""
        return (
            self._read(read_picture, f"color/{view:04d}.jpg"),
            self._read(read_mask, f"mask/{view:04d}.png"),
        )

    def uv_colours(self, view: int) -> npt.NDArray[np.uint8]:
        """(H, W, 3) RGB: the surface under one view's light, laid out flat."""
        return self._read(read_picture, f"color_uv/{view:04d}.jpg")

    def samples(self) -> dict[str, Float]:
        """Points (K, 3) canonical by the names of PLACES."""
        return _wanted(self.folder / "samples.npz", PLACES)

    def association(self) -> dict[str, npt.NDArray[Any]]:
        """`index_NAME` (K, 4): of each point's nearest body vertices, and `distance_NAME` (K, 4) to them."""
        names = [f"{kind}_{name}" for kind in ("index", "distance") for name in PLACES]
        return _wanted(self.folder / "association.npz", names)

    def surface(self) -> dict[str, npt.NDArray[Any]]:
        """`position`, `normal` (H, W, 3) float32 canonical and `mask` (H, W) bool: where each texel lies."""
        return _wanted(self.folder / "uv.npz", ("position", "normal", "mask"))

    def mesh(self) -> tuple[Float, npt.NDArray[np.int32]]:
        """The true surface: (V, 3) canonical and (T, 3)."""
        arrays = _wanted(self.folder / "mesh.npz", ("vertices", "faces"))
        return arrays["vertices"], arrays["faces"]

    def body(self) -> ScanBody:
        return _body(self.folder / "body.npz")

    def _read(self, reader: Callable[[Path], npt.NDArray[np.uint8]], name: str) -> npt.NDArray[np.uint8]:
        try:
            return reader(self.folder / name)
        except RestageError as error:
            raise unreadable(self.folder, f"{name} cannot be read") from error


def find_scans(folder: Path, events: Events, coloured: bool = False) -> list[Scan]:
    """All scans of a folder by name; those that are not complete are left out, with a `warning` event each, and so are
    those without colours where `coloured` ones are wanted, and what an earlier one was made from, too.

    Raises RestageError `dataset_empty` when none is left.
    """
    scans: list[Scan] = []
    sources: dict[str, str] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not (path / "mesh.npz").is_file():
            continue
        try:
            scan = Scan.open(path)
            if coloured and not scan.coloured:
                raise unreadable(path, "it has no colours to train with")
            source = _source(path / "mesh.npz")
            if source in sources:
                raise unreadable(path, f"it is the same scan as {sources[source]}")
            if source is not None:
                sources[source] = path.name
            scans.append(scan)
        except RestageError as error:
            events.emit("warning", code=error.code, message=f"{error} It is left out.")
    if not scans:
        raise RestageError(
            "dataset_empty",
            f"{folder} holds no scan to train with. Make some with `dataset scan` first (docs/scans.md).",
        )
    return scans


def unreadable(folder: Path, why: str) -> RestageError:
    return RestageError(
        "scan_unreadable",
        f"The scan {folder} cannot be used: {why}. Make it again with `dataset scan`, or remove it.",
    )


def _is_coloured(path: Path) -> bool:
    """Whether the mesh has colours; the arrays themselves, which are large, are not read."""
    try:
        with np.load(path, allow_pickle=False) as values:
            return "colours" in values.files or "texture" in values.files
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise unreadable(path.parent, f"{path.name} is damaged ({error})") from error


def _source(path: Path) -> str | None:
    """The fingerprint of the file that the scan was made from."""
    with np.load(path, allow_pickle=False) as values:
        return str(values["source"]) if "source" in values.files else None


def _wanted(path: Path, names: Iterable[str]) -> dict[str, npt.NDArray[Any]]:
    arrays = _arrays(path)
    lacking = [name for name in names if name not in arrays]
    if lacking:
        raise unreadable(path.parent, f"{path.name} has no {', '.join(lacking)}")
    return arrays


@lru_cache(maxsize=KEPT * 4)
def _arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as values:
            return dict(values)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise unreadable(path.parent, f"{path.name} is damaged ({error})") from error


@lru_cache(maxsize=KEPT)
def _body(path: Path) -> ScanBody:
    arrays = _wanted(path, ("kind", "vertices"))
    kind, vertices = str(arrays["kind"]), arrays["vertices"].astype(np.float32)
    if kind == "open":
        from ...body.model import BodyModel

        if vertices.shape != BodyModel.load().mean_vertices.shape:
            raise unreadable(path.parent, "the body in body.npz is of another version of Restage")
        return ScanBody("open", vertices, None)
    if kind == "smpl":
        return ScanBody("smpl", vertices, read_parameters(path))
    raise unreadable(path.parent, f"body.npz names no body ('{kind}' is neither 'open' nor 'smpl')")

"""Finds the files that the user brings, by what they hold."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ..errors import RestageError
from ..job import file_hash, fingerprint
from .checkpoint import kind_of, read_checkpoint
from .licence import LICENCE

# What is needed, and where it comes from.
RESULTS, DATA, REGISTRATION = "PaMIR's results.zip", "networks/data of PaMIR's repository", "smpl.is.tue.mpg.de"
NEEDED = {
    "geometry": ("checkpoint of the geometry network", RESULTS),
    "texture": ("checkpoint of the texture network", RESULTS),
    "GraphCMR": ("checkpoint of GraphCMR", RESULTS),
    "SMPL": ("neutral SMPL model", REGISTRATION),
    "tetra_smpl.npz": ("inner vertices of the SMPL body", DATA),
    "vertices.txt": ("rest vertices, which code the volume", DATA),
    "faces.txt": ("triangles of the SMPL body", DATA),
    "tetrahedrons.txt": ("tetrahedra of the SMPL body", DATA),
    "J_regressor_extra.npy": ("regressor of the extra joints", DATA),
    "mesh_downsampling.npz": ("GraphCMR's coarse mesh", DATA),
}
# What training makes itself.
NETWORKS = ("geometry", "texture")
# Not needed where bodies are given instead of estimated.
FOR_ESTIMATE = ("GraphCMR", "mesh_downsampling.npz")
# Joints of the other body models that a user may pick by mistake.
OTHER_BODIES = {52: "SMPL-H", 55: "SMPL-X", 16: "MANO", 21: "MANO"}
JOINTS = 24
# Recognised by their names, and checked when they are used.
BY_NAME = ("vertices.txt", "faces.txt", "tetrahedrons.txt", "J_regressor_extra.npy")


@dataclass
class PamirFiles:
    """found: path by kind (the names of NEEDED); others: files of which nothing is known, with the reason."""

    found: dict[str, Path] = field(default_factory=dict)
    others: dict[Path, str] = field(default_factory=dict)

    @classmethod
    def find(cls, folder: Path, smpl: Path | None = None) -> "PamirFiles":
        """Look at every file below a folder, and at the SMPL model where that lies elsewhere.

        Of several checkpoints of one kind `latest.pt` is taken, else the last by name. Raises RestageError
        `weights_missing` when there is no such folder or file.
        """
        for path in [folder, *([smpl] if smpl else [])]:
            if not path.exists():
                raise RestageError("weights_missing", f"There is no {path}. Choose the folder of PaMIR's files.")
        files = cls()
        # The SMPL model that is named wins over one that is found.
        for path in [*sorted(file for file in folder.rglob("*") if file.is_file()), *([smpl] if smpl else [])]:
            try:
                kind = recognise(path)
            except RestageError as error:
                files.others[path] = str(error)
                continue
            if kind in NEEDED:
                latest = files.found.get(kind)
                if latest is None or latest.name != "latest.pt":
                    files.found[kind] = path
            elif kind:
                files.others[path] = kind
        return files

    def missing(self, estimate: bool = True, networks: bool = True) -> list[str]:
        """Kinds of NEEDED that were not found; without `estimate`, those that given bodies replace do not count, and
        without `networks` the checkpoints of geometry and texture."""
        spared = (() if estimate else FOR_ESTIMATE) + (() if networks else NETWORKS)
        return [kind for kind in NEEDED if kind not in self.found and kind not in spared]

    def require(self, estimate: bool = True, networks: bool = True) -> None:
        """Raises RestageError `weights_missing` that names everything that is not there."""
        lacking = self.missing(estimate, networks)
        if lacking:
            reasons = [f"{name}: {reason}" for name, reason in self.others.items()]
            parts = "; ".join(f"{kind} ({NEEDED[kind][0]}, from {NEEDED[kind][1]})" for kind in lacking)
            seen = f" Not recognised: {' '.join(reasons[:3])}" if reasons else ""
            raise RestageError(
                "weights_missing", f"PaMIR needs more files: {parts}. Put them below the folder of --weights.{seen}"
            )

    def fingerprint(self) -> str:
        """Hash of what the files hold."""
        return fingerprint(*(part for kind, path in sorted(self.found.items()) for part in (kind, path)))

    def describe(self) -> Iterator[str]:
        """Lines for people: what each file is, what is missing, and the licence."""
        for kind, path in self.found.items():
            size = path.stat().st_size / 1e6
            yield f"{kind:22} {path.name}, {size:.1f} MB, sha256 {file_hash(path)[:12]}: {NEEDED[kind][0]}"
        for path, reason in self.others.items():
            yield f"{'not used':22} {path.name}: {reason}"
        for kind in self.missing():
            optional = "; not needed where bodies are given" if kind in FOR_ESTIMATE else ""
            yield f"{'missing':22} {kind}: {NEEDED[kind][0]}, from {NEEDED[kind][1]}{optional}"
        yield ""
        yield LICENCE


def recognise(path: Path) -> str:
    """What a file is: a name of NEEDED, words for something else, or nothing for a file of no interest.

    Raises RestageError when it cannot be read.
    """
    looks: dict[str, Callable[[Path], str]] = {
        ".pt": _checkpoint, ".pth": _checkpoint, ".pkl": _pickle, ".npz": _archive,
    }  # fmt: skip
    if path.name in BY_NAME:
        return path.name
    look = looks.get(path.suffix.lower())
    return look(path) if look else ""


def body_kind(arrays: dict[str, Any]) -> str:
    """`SMPL`, or what else a body model is, by its arrays; nothing when it is none."""
    if not {"v_template", "weights", "shapedirs"} <= set(arrays):
        return ""
    shape = getattr(arrays["weights"], "shape", ())
    joints = int(shape[1]) if len(shape) == 2 else 0
    if joints == JOINTS:
        return "SMPL"
    return f"it is a body model of {joints} joints, {OTHER_BODIES.get(joints, 'not SMPL')}; PaMIR needs SMPL with 24"


def _checkpoint(path: Path) -> str:
    return kind_of(read_checkpoint(path)) or "a checkpoint of other networks"


def _pickle(path: Path) -> str:
    from ..safe_pickle import load_pickle

    content = load_pickle(path)
    return body_kind(content) if isinstance(content, dict) else ""


def _archive(path: Path) -> str:
    from numpy.lib import format as npy

    shapes: dict[str, Any] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
            for name in names & {"weights", "v_template", "shapedirs"}:
                with archive.open(f"{name}.npy") as stream:
                    shapes[name] = _Shape(_read_header(stream, npy))
    # numpy and zipfile raise whatever a damaged file leads them to.
    except Exception as error:
        raise RestageError("weights_unreadable", f"It is damaged ({error}). Get it again.") from error
    if {"v_template_added", "weights_added"} <= names:
        return "tetra_smpl.npz"
    if {"A", "D"} <= names:
        return "mesh_downsampling.npz"
    return body_kind(shapes)


@dataclass(frozen=True)
class _Shape:
    shape: tuple[int, ...]


def _read_header(stream: IO[bytes], npy: Any) -> tuple[int, ...]:
    """The shape of an array in an archive, without reading the array."""
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    return read(stream)[0]

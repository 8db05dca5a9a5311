"""Puts the model files that a user picked where the PaMIR route looks for them. Blender reads the list of places."""

import shutil
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..errors import RestageError
from ..job import PARTIAL
from .weights import FOR_ESTIMATE, NEEDED, recognise

# Where each kind of NEEDED lies below the folder of the models; the ending of SMPL's follows the file.
PLACES = {
    "geometry": "pamir_geometry/checkpoints/latest.pt",
    "texture": "pamir_texture/checkpoints/latest.pt",
    "GraphCMR": "gcmr_pretrained/gcmr.pt",
    "SMPL": "smpl/neutral",
    "tetra_smpl.npz": "data/tetra_smpl.npz",
    "vertices.txt": "data/vertices.txt",
    "faces.txt": "data/faces.txt",
    "tetrahedrons.txt": "data/tetrahedrons.txt",
    "J_regressor_extra.npy": "data/J_regressor_extra.npy",
    "mesh_downsampling.npz": "data/mesh_downsampling.npz",
}
ENDINGS = (".pt", ".pth", ".pkl", ".npz", ".npy", ".txt")
# An archive that unpacks to more is no archive of PaMIR's.
LARGEST = 8_000_000_000


@dataclass
class Installed:
    """`found`: kinds that were recognised and copied; `others`: names of files that were not, with what they are."""

    found: list[str] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)


def missing(folder: Path) -> list[str]:
    """Kinds of NEEDED that are not in their places below a folder; cheap enough to draw with."""
    return [kind for kind in NEEDED if not _is_there(folder, kind)]


def install(source: Path, folder: Path) -> Installed:
    """Recognise a file, the files of a folder or those of a zip, and copy the ones that PaMIR needs to their places.

    Raises RestageError `weights_missing` when there is nothing at `source`, `weights_wrong` when nothing was
    recognised, with what the file is instead, and `weights_unreadable` for a damaged zip.
    """
    installed = Installed()
    with tempfile.TemporaryDirectory(prefix="restage-") as unpacked:
        for path in _candidates(source, Path(unpacked)):
            try:
                kind = recognise(path)
            except RestageError as error:
                installed.others[path.name] = str(error)
                continue
            if kind in NEEDED:
                _copy(path, folder, kind)
                installed.found.append(kind)
            elif kind:
                installed.others[path.name] = kind
    if not installed.found:
        reasons = " ".join(f"{name}: {reason}." for name, reason in list(installed.others.items())[:2])
        raise RestageError(
            "weights_wrong",
            f"{source.name} is none of the files that PaMIR needs. {reasons} Needed: {describe(missing(folder))}.",
        )
    return installed


def summary(installed: Installed, folder: Path) -> str:
    """What was installed, and what is missing still, in one sentence each."""
    done = f"Installed: {', '.join(installed.found)}"
    lacking = missing(folder)
    return f"{done}. Missing: {describe(lacking)}" if lacking else f"{done}. Everything is there"


def describe(kinds: list[str]) -> str:
    """Kinds of NEEDED in words, with where each comes from."""
    sources: dict[str, list[str]] = {}
    for kind in kinds:
        optional = ", not needed where bodies are given" if kind in FOR_ESTIMATE else ""
        sources.setdefault(NEEDED[kind][1], []).append(f"{NEEDED[kind][0]}{optional}")
    return "; ".join(f"from {source}: {', '.join(names)}" for source, names in sources.items())


def _candidates(source: Path, unpacked: Path) -> list[Path]:
    if source.is_dir():
        return sorted(path for path in source.rglob("*") if path.suffix.lower() in ENDINGS)
    if not source.is_file():
        raise RestageError("weights_missing", f"There is no {source}. Choose the file that you downloaded.")
    return _unpack(source, unpacked) if source.suffix.lower() == ".zip" else [source]


def _unpack(source: Path, folder: Path) -> list[Path]:
    """The files of a zip that may be models, each in a folder of its own: names of a zip are no paths to follow."""
    paths = []
    try:
        with zipfile.ZipFile(source) as archive:
            members = [member for member in archive.infolist() if member.filename.lower().endswith(ENDINGS)]
            if sum(member.file_size for member in members) > LARGEST:
                raise RestageError("weights_wrong", f"{source.name} is too large to be PaMIR's. Choose its files.")
            for number, member in enumerate(members):
                path = folder / str(number) / PurePosixPath(member.filename.replace("\\", "/")).name
                path.parent.mkdir()
                with archive.open(member) as packed, path.open("wb") as stream:
                    shutil.copyfileobj(packed, stream)
                paths.append(path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise RestageError(
            "weights_unreadable",
            f"{source} is damaged or needs a password ({error}). Get it again, or unpack it first.",
        ) from error
    return paths


def _copy(path: Path, folder: Path, kind: str) -> None:
    target = folder / PLACES[kind]
    if kind == "SMPL":
        for old in target.parent.glob(f"{target.name}.*"):
            old.unlink()
        target = target.with_suffix(path.suffix.lower())
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + PARTIAL)
    shutil.copyfile(path, partial)
    partial.replace(target)


def _is_there(folder: Path, kind: str) -> bool:
    place = folder / PLACES[kind]
    if kind == "SMPL":
        return any(place.with_suffix(ending).is_file() for ending in (".pkl", ".npz"))
    return place.is_file()

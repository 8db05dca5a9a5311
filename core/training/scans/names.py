"""Which folder of the output is whose: a scan keeps the folder that was made of it, whatever comes beside it later."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# What is made last of a scan.
LAST = "association.npz"


@dataclass(frozen=True)
class Made:
    """A folder of the output. source: the fingerprint of what it was made from; place: path of the scan's file below
    the folder of scans, None where an earlier version made it."""

    folder: Path
    source: str
    place: str | None

    @property
    def complete(self) -> bool:
        return (self.folder / LAST).is_file()


@dataclass(frozen=True)
class Names:
    """scans: the files by the names of their folders; stale: folders of scans that have another folder, too."""

    scans: dict[str, Path]
    stale: tuple[Path, ...]


def name_scans(files: list[Path], folder: Path, output: Path, source_of: Callable[[Path], str]) -> Names:
    """A scan's name is its file's own, and that of its folders too where this would not tell it apart from another.

    A folder that was made of a scan stays its: by its content, else by its path. source_of: the fingerprint of a file,
    which takes reading it whole, so it is asked of those files alone whose name is not plain.
    """
    made = {each.folder.name: each for each in made_folders(output)}
    stems = [path.stem for path in files]
    whole = {path: "_".join(path.relative_to(folder).parts).replace(".", "_") for path in files}
    unclear = [path for path in files if stems.count(path.stem) > 1 or whole[path] in made]
    sources = {path: source_of(path) for path in unclear}
    taken: dict[str, Path] = {}
    for by_content in (True, False):
        for path in unclear:
            if path in taken.values():
                continue
            own = [made[name] for name in (path.stem, whole[path]) if name in made and name not in taken]
            place = path.relative_to(folder).as_posix()
            own = [each for each in own if (each.source == sources[path] if by_content else each.place == place)]
            if own:
                # Of two, the one that more work is in.
                taken[max(own, key=lambda each: each.complete).folder.name] = path
    names = {path: name for name, path in taken.items()}
    for path in files:
        plain = stems.count(path.stem) == 1 and path.stem not in taken
        names.setdefault(path, path.stem if plain else whole[path])
    known = set(sources.values())
    stale = [each.folder for name, each in made.items() if name not in names.values() and each.source in known]
    return Names({names[path]: path for path in files}, tuple(stale))


def made_folders(output: Path) -> Iterator[Made]:
    """The folders of scans in the output, by name; damaged ones are nobody's."""
    for path in sorted(output.glob("*/mesh.npz")):
        try:
            with np.load(path, allow_pickle=False) as values:
                place = str(values["place"]) if "place" in values.files else None
                yield Made(path.parent, str(values["source"]), place)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
            continue

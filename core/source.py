"""What a job is made from: a video, a folder of numbered pictures, or, for PaMIR, single pictures with masks."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import RestageError
from .job import file_hash, fingerprint
from .settings import MOST_PROMINENT, Settings

# The pictures that PaMIR's demo takes, and those that can be the frames of a clip.
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg")
SEQUENCE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
# Files of the job have six digits; longer numbers in names are dates or serial numbers.
LAST_NUMBER = 999_999
MASK_MARK, KEYPOINTS_MARK = "_mask", "_keypoints"


@dataclass(frozen=True)
class MaskedImage:
    """One picture of a folder: `name` without ending; `keypoints` is None where there is no such file."""

    name: str
    picture: Path
    mask: Path
    keypoints: Path | None


def is_image_folder(path: Path) -> bool:
    """Whether the source is a folder of pictures and not a video."""
    return path.is_dir()


def holds_single_pictures(path: Path, settings: Settings) -> bool:
    """Whether the source is pictures with masks that PaMIR takes one by one, and not a clip that runs."""
    return path.is_dir() and settings.method == "pamir"


def list_pictures(folder: Path) -> dict[int, Path]:
    """The pictures of a folder by frame number, masks (`NAME_mask`) left out.

    Numbers are those of numbered_pictures. Raises RestageError `images_missing`.
    """
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SEQUENCE_ENDINGS
        and not path.stem.endswith(MASK_MARK)
        and not path.name.startswith(".")
    )
    if not paths:
        raise RestageError(
            "images_missing",
            f"{folder} holds no picture. Choose a clip, or a folder of numbered pictures"
            f" ({', '.join(SEQUENCE_ENDINGS)}).",
        )
    return numbered_pictures(paths)


def numbered_pictures(paths: list[Path], mark: str = "") -> dict[int, Path]:
    """Files in the order of their names by the number at the end of the name, or before `mark` there.

    Where a name has none, or a number comes twice or is too long, all are counted from 0.
    """
    numbers = [frame_number(path.stem.removesuffix(mark)) for path in paths]
    known = [number for number in numbers if number is not None and number <= LAST_NUMBER]
    if len(set(known)) < len(paths):
        known = list(range(len(paths)))
    return dict(sorted(zip(known, paths, strict=True)))


def list_images(folder: Path) -> list[MaskedImage]:
    """The pictures of a folder by name, each with its `NAME_mask.png` and, if there, `NAME_keypoints.json`.

    Raises RestageError `images_missing` when there is none, or one has no mask.
    """
    pictures = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURE_ENDINGS and not path.stem.endswith(MASK_MARK)
    )
    images = []
    for picture in pictures:
        mask = folder / f"{picture.stem}{MASK_MARK}.png"
        keypoints = _keypoints_of(picture)
        if not mask.is_file():
            raise RestageError(
                "images_missing",
                f"{picture.name} in {folder} has no mask. Put {mask.name} beside it, white where the person is.",
            )
        images.append(MaskedImage(picture.stem, picture, mask, keypoints if keypoints.is_file() else None))
    if not images:
        raise RestageError(
            "images_missing",
            f"{folder} holds no picture. Choose a clip, or a folder of PNG or JPEG pictures, each with NAME_mask.png.",
        )
    return images


def describe_source(path: Path) -> dict[str, Any]:
    """`source` of job.json: {name, path, size in bytes, sha256}; of a folder, over all files that are read."""
    values: dict[str, Any] = {"name": path.name, "path": str(path.resolve())}
    if not is_image_folder(path):
        return values | {"size": path.stat().st_size, "sha256": file_hash(path)}
    files = []
    for picture in list_pictures(path).values():
        beside = (picture.with_name(f"{picture.stem}{MASK_MARK}.png"), _keypoints_of(picture))
        files += [picture, *(file for file in beside if file.is_file())]
    return values | {
        "size": sum(file.stat().st_size for file in files),
        "sha256": fingerprint(*(part for file in files for part in (file.name, file))),
    }


def _keypoints_of(picture: Path) -> Path:
    return picture.with_name(f"{picture.stem}{KEYPOINTS_MARK}.json")


def source_name(path: Path) -> str:
    """The name that the job of a source gets."""
    return path.name if is_image_folder(path) else path.stem


def job_name(path: Path, person: str) -> str:
    """The name of the job of one person of a source; `person` as in Settings, with "all" the first of them.

    The most prominent person's is the source's own, whether chosen or not; everybody else has one of their own, so that
    nobody's job is lost to another's.
    """
    name = source_name(path)
    return name if person in (MOST_PROMINENT, "", "all") else f"{name}_{person.replace(',', '_')}"


def numbered_files(folder: Path, mark: str, endings: tuple[str, ...]) -> dict[str, Path]:
    """Files NAME`mark`.ENDING of a folder by NAME, in order of their names.

    Raises RestageError `input_missing` when the folder is none or holds no such file.
    """
    found: dict[str, Path] = {}
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in endings and path.stem.endswith(mark):
                found[path.stem.removesuffix(mark)] = path
    if not found:
        kinds = " or ".join(f"NAME{mark}{ending}" for ending in endings)
        raise RestageError("input_missing", f"{folder} holds no file {kinds}. Choose the folder that does.")
    return found


def frame_number(name: str) -> int | None:
    """The number at the end of a file's name, as OpenPose and PaMIR's video scripts write it; None without one."""
    digits = re.search(r"(\d+)$", name)
    return int(digits[1]) if digits else None

"""Masks that are given instead of found: a folder of them, or the clip's own transparency."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..clip import ClipInfo
from ..errors import RestageError
from ..events import Events
from ..picture import read_mask, write_mask
from ..settings import Settings
from ..source import MASK_MARK, SEQUENCE_ENDINGS, numbered_pictures
from .landmarker import reduce_picture
from .track import Track

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# Width against height may differ by this much from the clip's: sizes are rounded.
ASPECT_TOLERANCE = 0.01
# Share of the visible landmarks that must lie in or near the masks, in the median frame.
LEAST_OVERLAP = 0.5
# Landmarks lie this far outside a close-cut mask, against the person's size.
NEAR = 0.015
# A clip whose pictures are opaque nearly everywhere has its transparency for another reason.
MOST_OPAQUE = 0.9


@dataclass(frozen=True)
class GivenMasks:
    """The files of given masks by frame number; `what` names them in messages."""

    files: Mapping[int, Path]
    what: str

    def read(self, number: int, size: tuple[int, int]) -> Floats:
        """The mask of a frame scaled to `size` (width, height), float32, 0-1; files may also say 1 for white."""
        import cv2

        mask = read_mask(self.files[number])
        if mask.max() <= 1:
            mask = mask * np.uint8(255)
        smaller = size[0] < mask.shape[1]
        scaled = cv2.resize(mask, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        return scaled.astype(np.float32) / np.float32(255)


def find_masks(folder: Path, info: ClipInfo) -> GivenMasks:
    """The masks of a folder: `…NUMBER.png` or `…NUMBER_mask.png`, numbered as the clip's frames; without numbers they
    count in the order of their names.

    Raises RestageError `input_missing` when there is none, and `mask_unfit` when they have another shape than the clip.
    """
    files = numbered_pictures(mask_files(folder), MASK_MARK)
    if not files:
        raise RestageError("input_missing", f"{folder} holds no mask. Choose the folder with one for every frame.")
    first = next(iter(files.values()))
    height, width = read_mask(first).shape
    if abs(width / height / (info.width / info.height) - 1.0) > ASPECT_TOLERANCE:
        raise RestageError(
            "mask_unfit",
            f"{first.name} is {width} x {height} pixels and the clip {info.width} x {info.height}. Give masks of the"
            " clip's upright pictures.",
        )
    return GivenMasks(files, f"the masks in {folder.name}")


def masks_folder(settings: Settings, clip: Path) -> Path | None:
    """Where a clip's masks are: the folder that the setting names, or the clip's own where it is a folder of pictures
    with masks beside them; None without."""
    if settings.masks:
        return Path(settings.masks)
    beside = clip.is_dir() and any(path.stem.endswith(MASK_MARK) for path in mask_files(clip))
    return clip if beside else None


def mask_files(folder: Path) -> list[Path]:
    """The masks of a folder in order: those named `NAME_mask`, or, where there are none, all pictures."""
    if not folder.is_dir():
        return []
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in SEQUENCE_ENDINGS)
    return [path for path in pictures if path.stem.endswith(MASK_MARK)] or pictures


class AlphaMasks:
    """Keeps the transparency of a clip's pictures on disk until the clip's end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opaque: dict[int, float] = {}

    def add(self, number: int, alpha: Bytes | None, longest_side: int) -> None:
        """Note a frame's opacity (H, W) uint8, if it has one."""
        if alpha is not None:
            write_mask(self._folder / f"{number:06d}.png", reduce_picture(alpha, longest_side))
            self._opaque[number] = float((alpha > 127).mean())

    def clear(self) -> None:
        """Remove the files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def masks(self) -> GivenMasks | None:
        """The clip's masks, or None when its pictures are not cut out."""
        if not self._opaque or np.median(list(self._opaque.values())) > MOST_OPAQUE:
            return None
        files = {number: self._folder / f"{number:06d}.png" for number in self._opaque}
        return GivenMasks(files, "the clip's own transparent parts")


def fit_masks(given: GivenMasks, track: Track, size: tuple[int, int]) -> Track:
    """The track without the frames whose mask is empty, when the masks fit it; size: of the pictures, (width, height).

    Raises RestageError `mask_unfit` when a frame has no mask, all are empty, or they do not lie on the person.
    """
    missing = [int(number) for number in track.numbers if int(number) not in given.files]
    if missing:
        raise _unfit(given, f"{len(missing)} of {len(track.numbers)} frames have none, frame {missing[0]} first")
    empty = np.zeros(len(track.times), bool)
    overlaps = []
    for row, number in enumerate(track.numbers.tolist()):
        mask = given.read(number, size)
        empty[row] = not (mask > 0.5).any()
        if track.found[row] and not empty[row]:
            overlaps.append(_overlap(mask, track.image[row], track.visibility[row]))
    if empty.all():
        raise _unfit(given, "all are empty; make them white where the person is")
    if overlaps and float(np.median(overlaps)) < LEAST_OVERLAP:
        raise _unfit(
            given,
            f"only {np.median(overlaps):.0%} of the person lies in them; they show someone else, other frames, or have"
            " black and white exchanged",
        )
    return replace(track, found=track.found & ~empty, held=track.held & ~empty)


def chosen_masks(
    folder: GivenMasks | None, own: GivenMasks | None, track: Track, size: tuple[int, int], events: Events
) -> tuple[GivenMasks | None, Track]:
    """The masks to use instead of the network's, if any, and the track that fits them: those of a folder, else the
    clip's transparency where it lies on the person.

    Raises RestageError `mask_unfit` for a folder's.
    """
    if folder is not None:
        return folder, fit_masks(folder, track, size)
    if own is None:
        return None, track
    try:
        return own, fit_masks(own, track, size)
    except RestageError as error:
        events.emit("warning", code=error.code, message=f"The clip's transparency is not used: {error}")
        return None, track


def _overlap(mask: Floats, image: npt.NDArray[np.float64], visibility: npt.NDArray[np.float64]) -> float:
    """Share of the visible landmarks within the picture that lie in the mask or close to it; 1 when there are none."""
    import cv2

    height, width = mask.shape
    inside = (image >= 0).all(axis=1) & (image < [width, height]).all(axis=1) & (visibility > 0.5)
    if not inside.any():
        return 1.0
    reach = NEAR * max(8.0, float(np.ptp(image[inside], axis=0).max()))
    distance = cv2.distanceTransform((mask <= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    points = image[inside].astype(int)
    return float((distance[points[:, 1], points[:, 0]] <= reach).mean())


def _unfit(given: GivenMasks, why: str) -> RestageError:
    what = given.what[:1].upper() + given.what[1:]
    return RestageError(
        "mask_unfit", f"{what} do not fit the clip: {why}. Choose the right ones, or leave --masks out."
    )

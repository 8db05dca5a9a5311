"""What the stage props found, and masks without it."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..arrays import PROPS, read_arrays
from ..job import Job, atomic_write
from ..picture import read_mask
from ..spaces import Crop
from .thing import SIZE, Thing

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class Props:
    """The things of a clip, by frame."""

    def __init__(self, rows: Mapping[int, int], seen: npt.NDArray[np.uint8], hidden: npt.NDArray[np.uint8]) -> None:
        self._rows, self._seen, self._hidden = rows, seen, hidden

    @classmethod
    def none(cls) -> "Props":
        """Of a clip without any."""
        nothing = np.zeros((0, SIZE * SIZE // 8), np.uint8)
        return cls({}, nothing, nothing)

    @classmethod
    def read(cls, job: Job) -> "Props":
        """What write_props wrote; none where there is no such stage. Raises RestageError `job_unreadable`."""
        if not job.props_path.exists():
            return cls.none()
        values = read_arrays(job.props_path, PROPS)
        rows = {int(number): row for row, number in enumerate(values["frames"])}
        return cls(rows, values["seen"].astype(np.uint8), values["hidden"].astype(np.uint8))

    def thing(self, number: int) -> Thing | None:
        """The thing of a frame, in its crop."""
        if number not in self._rows:
            return None
        row = self._rows[number]
        return Thing(_unpacked(self._seen[row]), _unpacked(self._hidden[row]))

    def clear(self, number: int, mask: npt.NDArray[np.uint8], crop: Crop) -> npt.NDArray[np.uint8]:
        """A frame's mask (H, W) uint8 of the whole picture without its thing, behind which the person goes on."""
        thing = self.thing(number)
        if thing is None:
            return mask
        size = mask.shape[1], mask.shape[0]
        beside, hidden = in_picture(thing.seen & ~thing.hidden, crop, size), in_picture(thing.hidden, crop, size)
        return np.where(beside, 0, np.where(hidden, 255, mask)).astype(np.uint8)

    def clear_crop(self, number: int, mask: Float) -> Float:
        """The same for a mask (S, S) 0-1 of the frame's crop."""
        import cv2

        thing = self.thing(number)
        if thing is None:
            return mask
        beside, hidden = (
            np.asarray(cv2.resize(part.astype(np.float32), mask.shape, interpolation=cv2.INTER_AREA), np.float32)
            for part in (thing.seen & ~thing.hidden, thing.hidden)
        )
        return np.maximum(mask * (1.0 - beside), hidden)

    def covered(self, number: int, crop: Crop, size: tuple[int, int]) -> Mask | None:
        """(H, W) where a picture of `size`, width and height, shows the thing; None for a frame without one."""
        thing = self.thing(number)
        return None if thing is None else in_picture(thing.seen, crop, size)


def write_props(job: Job, things: Mapping[int, Thing]) -> None:
    """Write `body/props.npz`: `frames` (P,) int32, `seen` and `hidden` (P, SIZE * SIZE / 8) uint8, a bit a pixel."""
    numbers = sorted(things)
    shape = (len(numbers), SIZE * SIZE // 8)
    with atomic_write(job.props_path) as stream:
        np.savez_compressed(
            stream,
            frames=np.array(numbers, np.int32),
            seen=np.array([np.packbits(things[number].seen) for number in numbers], np.uint8).reshape(shape),
            hidden=np.array([np.packbits(things[number].hidden) for number in numbers], np.uint8).reshape(shape),
        )


def person_mask(job: Job, number: int) -> npt.NDArray[np.uint8]:
    """A frame's mask (H, W) uint8 0-255 without things. Raises RestageError `picture_unreadable`."""
    props = Props.read(job)
    mask = read_mask(job.mask_path(number))
    return mask if props.thing(number) is None else props.clear(number, mask, job.crops()[number])


def _unpacked(bits: npt.NDArray[np.uint8]) -> Mask:
    return np.unpackbits(bits).reshape(SIZE, SIZE).astype(bool)


def in_picture(pixels: Mask, crop: Crop, size: tuple[int, int]) -> Mask:
    """Pixels (SIZE, SIZE) of a crop in the whole picture, (H, W); size: its width and height."""
    import cv2

    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(pixels.astype(np.float32), crop.affine(SIZE), size, flags=flags)) > 0.5

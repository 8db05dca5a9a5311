"""The character's motion at every frame of the clip, also at frames that have no shape of their own.

Standard library and numpy only: Blender plays characters by this module.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]


def motion_keys(frames: npt.NDArray[np.integer], missing: Iterable[int]) -> tuple[Int, Int]:
    """When each row of a motion is shown: frames of the clip (K,), ascending, and which row (K,).

    frames: (F,) the clip's frames that have a row; missing: those that were tried and have none. Between two rows the
    motion is interpolated, except over missing frames, where the row before them is held.
    """
    gone = set(missing)
    numbers, rows = [], []
    for row, number in enumerate(frames.tolist()):
        if row and not gone.isdisjoint(range(numbers[-1] + 1, number)):
            numbers.append(number - 1)
            rows.append(row - 1)
        numbers.append(number)
        rows.append(row)
    return np.array(numbers), np.array(rows)


def shapes_of_frames(
    numbers: npt.NDArray[np.integer], rows: npt.NDArray[np.integer], shape: Callable[[int], npt.NDArray[np.float32]]
) -> Iterator[npt.NDArray[np.float32]]:
    """The shape at every frame from the first to the last, one after the other.

    numbers, rows: of motion_keys, or the same at other frames; shape: gives the (V, 3) of a row.
    """
    for place in np.interp(np.arange(numbers[0], numbers[-1] + 1), numbers, rows):
        before = int(place)
        share = np.float32(place - before)
        start = shape(before)
        yield start + share * (shape(before + 1) - start) if share else start

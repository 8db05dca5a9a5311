"""The colours stage: what the clip as a whole knows of the person's colours."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..arrays import COLOURS, read_arrays
from ..events import Events, progress
from ..frame import ClipReader
from ..job import Job, atomic_write
from ..surface.stage import dressed_body, read_clothing, sample_frames
from .body_colours import gather_colours
from .projection import Photograph

STAGE = "colours"


def photograph_of(reader: ClipReader, number: int) -> Photograph:
    """A frame's picture, ready to be asked for colours."""
    height = reader.crops[number].side * 0.8
    return Photograph.of(reader.picture(number), reader.mask(number), height, reader.covered(number))


def run_colours(job: Job, events: Events) -> None:
    """Write `body/colours.npz`: colours (V, 3) float32, 0-255, of the body's vertices, and (V,) whether the clip shows
    them."""
    reader = ClipReader(job)
    thickness = read_clothing(job)

    def seen() -> Iterator[tuple[npt.NDArray[np.float32], Photograph]]:
        for number in progress(sample_frames(reader.numbers), events, STAGE):
            yield dressed_body(reader, number, thickness), photograph_of(reader, number)

    colours, known = gather_colours(seen(), reader.camera)
    with atomic_write(job.colours_path) as stream:
        np.savez(stream, colours=colours, known=known)


def read_colours(job: Job) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """What run_colours wrote: colours (V, 3), and which of them the clip shows, (V,)."""
    values = read_arrays(job.colours_path, COLOURS)
    return values["colours"], values["known"]

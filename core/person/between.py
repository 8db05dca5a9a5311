"""The frames between those that a step chooses: whom they show is followed there as well, since a landmarker that sees
somebody again after a quarter of a second takes left for right, and nothing says that it did."""

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..job import PARTIAL
from ..picture import read_picture, write_jpeg
from .track import NEIGHBOUR_REACH, Track

Bytes = npt.NDArray[np.uint8]

# Seconds between frames that are followed: a landmarker looks where the person was, and fast limbs are elsewhere soon.
NEAR = 0.05


class Between:
    """Which frames of a clip are followed, and pictures of those between the chosen ones, on disk until `close`: the
    next person of the clip needs them as well. frames: the chosen ones; all: these and more, where they are further
    apart than track.NEIGHBOUR_REACH, unless the clip itself has its frames that far apart, or nobody knows how far."""

    def __init__(self, folder: Path, frames: slice, frame_rate: float) -> None:
        """folder: a job's, in which the pictures get one of their own; job.remove_leftovers finds it after a kill."""
        self.frames, self.all = frames, slice(frames.start, frames.stop, _followed_step(frames.step or 1, frame_rate))
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(prefix="between-", suffix=PARTIAL, dir=folder)
        self._times: dict[int, float] = {}

    @property
    def numbers(self) -> npt.NDArray[np.int32]:
        """(N,) of all frames that there are."""
        return np.array(list(self._times), np.int32)

    @property
    def times(self) -> npt.NDArray[np.float64]:
        """(N,) their seconds."""
        return np.array(list(self._times.values()), np.float64)

    def chosen(self, number: int) -> bool:
        """Whether a frame, of all, is a chosen one."""
        return (number - (self.frames.start or 0)) % (self.frames.step or 1) == 0

    def add(self, number: int, time: float, picture: Bytes) -> None:
        """Take in the next of all frames; keeps the picture (H, W, 3) uint8 RGB of one between."""
        self._times[number] = time
        if not self.chosen(number):
            write_jpeg(self._path(number), picture)

    def read(self, number: int) -> Bytes:
        """The picture of a frame between."""
        return read_picture(self._path(number))

    def close(self) -> None:
        """Remove the pictures."""
        self._folder.cleanup()

    def without(self, track: Track) -> Track:
        """A track of all frames, of the chosen ones alone. One that was filled from frames between stays only if the
        person is seen in chosen ones on both sides: its mask comes from theirs."""
        kept = track.of_rows(np.array([self.chosen(int(number)) for number in track.numbers], np.bool_))
        seen, rows = np.flatnonzero(kept.found), np.arange(len(kept.numbers))
        lonely = kept.held & ((rows < seen[0]) | (rows > seen[-1]) if len(seen) else True)
        kept.held[lonely] = False
        for values in (kept.image, kept.visibility, kept.world):
            values[lonely] = np.nan
        return kept

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number:06d}.jpg"


def _followed_step(step: int, frame_rate: float) -> int:
    if frame_rate <= 0 or step / frame_rate <= NEIGHBOUR_REACH or 1 / frame_rate > NEIGHBOUR_REACH:
        return step
    parts = [part for part in range(1, step + 1) if step % part == 0 and part / frame_rate <= NEAR]
    return max(parts, default=1)

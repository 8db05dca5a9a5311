"""The network's masks of a clip, on disk until the landmarks of the whole clip are known."""

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..picture import read_mask, write_mask

Floats = npt.NDArray[np.float32]


class RawMasks:
    """Masks (h, w) float32, 0-1, by frame number, in a folder of their own. Frames may differ in size."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, number: int, mask: Floats) -> None:
        write_mask(self._path(number), np.round(mask * 255).astype(np.uint8))

    def read(self, number: int) -> Floats:
        return read_mask(self._path(number)).astype(np.float32) / np.float32(255)

    def clear(self) -> None:
        """Remove them all."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.png"

"""Frames that are registered already, kept in the job folder until its character is done: a run that was interrupted
goes on with the next one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .. import __version__
from ..arrays import read_npy
from ..body.model import BodyModel
from ..job import Job, atomic_write, fingerprint

# Columns of a vertex: its way (3), and how surely it is known and how well seen; what Displacements keeps of it.
COLUMNS = 5

Half = npt.NDArray[np.float16]


class RegisteredFrames:
    """(V, 5) half precision for each frame that has a mesh, in a file of its own.

    A file's name tells what it was made from: another mesh, body, clothing or version is another name.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._inputs = fingerprint(__version__, job.body_path, job.clothing_path)
        self._shape = len(BodyModel.load().mean_vertices), COLUMNS

    def get(self, number: int, make: Callable[[], Half]) -> Half:
        """The values (V, 5) of a frame that has a mesh: kept ones, or what `make` gives, which is kept then."""
        made_from = fingerprint(self._inputs, self._job.mesh_path(number))[:16]
        path = self._job.registered_path(number, made_from)
        values = self._read(path)
        if values is None:
            values = make()
            with atomic_write(path) as stream:
                np.save(stream, values)
        return values

    def _read(self, path: Path) -> Half | None:
        if not path.exists():
            return None
        try:
            values = read_npy(path)
        except ValueError:
            # As with a stage whose files are damaged: it is done again.
            return None
        whole = values.shape == self._shape and values.dtype == np.float16 and np.isfinite(values).all()
        return values if whole else None


def forget_registered(job: Job) -> None:
    """Remove all of them, once the character is done."""
    shutil.rmtree(job.registered_folder, ignore_errors=True)

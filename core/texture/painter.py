"""Gives the mesh of a frame what the clip knows of it: hidden folds, and colours."""

import numpy as np
import numpy.typing as npt

from ..face.alignment import FaceAlignment
from ..frame import ClipReader
from ..job import Job
from .grain import Grain
from .paint import known_at, paint
from .regions import Regions
from .stage import aligned_photograph, read_colours
from .unwrap import nearest_uv

Float = npt.NDArray[np.float32]


class MeshPainter:
    """Holds what all frames of a job share. Raises RestageError `job_unreadable`."""

    def __init__(self, job: Job, reader: ClipReader) -> None:
        self._reader, self._faces = reader, FaceAlignment.of(job)
        self._colours, self._grain = Regions.of(read_colours(job)[0]), Grain.read(job)

    def painted(
        self, number: int, vertices: Float, faces: npt.NDArray[np.integer], dressed: Float
    ) -> tuple[Float, npt.NDArray[np.uint8]]:
        """The vertices (V, 3) of a frame's mesh, world metres, with folds where the camera does not see them, and their
        colours (V, 3) RGB. faces: (T, 3); dressed: (B, 3) world metres, the clothed body in it. Raises RestageError
        `picture_unreadable`."""
        camera, uv = self._reader.camera, nearest_uv(vertices, faces, dressed)
        raised = self._grain.raised(vertices, faces, uv, camera)
        known = known_at(raised, faces, dressed, self._colours, self._grain.colours(uv))
        photograph = aligned_photograph(self._reader, number, self._faces, dressed, expressive=True)
        return raised, paint(raised, faces, photograph, camera, known)

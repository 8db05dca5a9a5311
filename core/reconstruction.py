"""Makes the textured mesh of one frame after the other, and writes it."""

import time
from typing import Protocol

from .frame import ClipReader
from .job import Job
from .ply import write_ply
from .props.files import Props
from .surface.stage import read_clothing, surface_of
from .texture.painter import MeshPainter


class FrameMaker(Protocol):
    """What makes a frame's mesh, one for each method."""

    def make(self, number: int) -> dict[str, float]:
        """Write `frames/NUMBER.ply`; returns the seconds that its parts took, surface and texture. Raises RestageError
        when the frame fails."""
        ...


class BodyFrameMaker:
    """The method "body". Holds what all frames of a job share."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._reader = ClipReader(job, Props.read(job))
        self._thickness = read_clothing(job)
        self._painter = MeshPainter(job, self._reader)

    def make(self, number: int) -> dict[str, float]:
        """See FrameMaker; raises RestageError `surface_empty` or `picture_unreadable`."""
        started = time.perf_counter()
        reader = self._reader
        resolution = self._job.record.settings.resolution
        vertices, faces, dressed = surface_of(reader, number, self._thickness, resolution)
        surfaced = time.perf_counter()
        vertices, colours = self._painter.painted(number, vertices, faces, dressed)
        write_ply(self._job.mesh_path(number), vertices, faces, colours)
        return {"surface": surfaced - started, "texture": time.perf_counter() - surfaced}

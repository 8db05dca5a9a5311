"""Makes the textured mesh of one frame after the other, and writes it."""

import time
from typing import Protocol

from .frame import ClipReader
from .job import Job
from .ply import write_ply
from .props.files import Props
from .surface.stage import read_clothing, surface_of
from .texture.paint import known_at, paint
from .texture.regions import Regions
from .texture.stage import photograph_of, read_colours


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
        self._colours = Regions.of(read_colours(job)[0])

    def make(self, number: int) -> dict[str, float]:
        """See FrameMaker; raises RestageError `surface_empty` or `picture_unreadable`."""
        started = time.perf_counter()
        reader = self._reader
        resolution = self._job.record.settings.resolution
        vertices, faces, dressed = surface_of(reader, number, self._thickness, resolution)
        surfaced = time.perf_counter()
        photograph = photograph_of(reader, number)
        known = known_at(vertices, faces, dressed, self._colours)
        colours = paint(vertices, faces, photograph, reader.camera, known)
        write_ply(self._job.mesh_path(number), vertices, faces, colours)
        return {"surface": surfaced - started, "texture": time.perf_counter() - surfaced}

"""Point caches: files with the place of every vertex at every frame, which other programs play on a mesh of the same
topology. PC2 is 3ds Max's and Blender's, MDD LightWave's, and most programs read one of them.

Standard library and numpy only: Blender's import writes its cache through this module.
"""

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .job import atomic_write

# Little endian: signature, version, points, first frame, frames a sample, samples.
PC2_HEADER = struct.Struct("<12siiffi")
PC2_SIGNATURE, PC2_VERSION = b"POINTCACHE2\0", 1
# Big endian: samples, points.
MDD_HEADER = struct.Struct(">ii")


def write_pc2(path: Path, points: int, count: int, start: float, shapes: Iterable[npt.NDArray]) -> None:
    """Write a PointCache2 file, one sample a frame from the frame `start` on.

    shapes: `count` times (points, 3), asked for one after the other, of which only one is in memory; their axes and
    units are the file's.
    """
    with atomic_write(path) as stream:
        stream.write(PC2_HEADER.pack(PC2_SIGNATURE, PC2_VERSION, points, start, 1.0, count))
        for shape in shapes:
            stream.write(np.ascontiguousarray(shape, "<f4").tobytes())


def write_mdd(path: Path, points: int, times: npt.NDArray[np.floating], shapes: Iterable[npt.NDArray]) -> None:
    """Write an MDD file. times: (N,) seconds of the samples; shapes: as in write_pc2, N of them."""
    with atomic_write(path) as stream:
        stream.write(MDD_HEADER.pack(len(times), points))
        stream.write(times.astype(">f4").tobytes())
        for shape in shapes:
            stream.write(np.ascontiguousarray(shape, ">f4").tobytes())

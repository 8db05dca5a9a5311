"""The character's motion as a point cache, beside the mesh that it moves."""

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..camera_file import read_still_world
from ..character.files import Character
from ..character.playing import motion_keys, shapes_of_frames
from ..events import Events, progress
from ..job import Job
from ..point_cache import write_mdd, write_pc2
from .sequence import write_material, write_textured


def export_cache(job: Job, folder: Path, kind: Literal["mdd", "pc2"], events: Events) -> Path:
    """Write `NAME.obj`, the character in the rest pose with its texture, and `NAME.mdd` or `NAME.pc2`, the places of
    its vertices in the same order: metres in the world that stands still, +Y up as in the OBJ. Returns the folder.

    The cache has a sample for every frame of the clip from the character's first to its last, since programs count
    samples: over frames without a person the one before is held, between those of a step it is interpolated. MDD has
    the frames' seconds from the first, PC2 the first one's number in the clip. Raises RestageError
    `character_missing`, `job_unreadable`.
    """
    character, world = Character.load(job), read_still_world(job)
    numbers, rows = motion_keys(character.frames, set(job.record.frames) - set(character.frames.tolist()))

    def shape(row: int) -> npt.NDArray[np.float32]:
        return world.from_world(character.vertices[row], int(character.frames[row]))

    name = Path(job.record.name).name
    write_material(folder, character)
    write_textured(folder / f"{name}.obj", character.positions, character)
    path, points = folder / f"{name}.{kind}", len(character.positions)
    frames = np.arange(numbers[0], numbers[-1] + 1)
    shapes = progress(shapes_of_frames(numbers, rows, shape), events, "export", len(frames))
    if kind == "pc2":
        write_pc2(path, points, len(frames), float(frames[0]), shapes)
    else:
        write_mdd(path, points, _seconds(job, frames), shapes)
    return folder


def _seconds(job: Job, frames: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """The times of frames (N,) from the first; of those that a step left out, between their neighbours'."""
    known = sorted(job.record.frames)
    times = np.interp(frames, known, [job.record.frames[number].time for number in known])
    return times - times[0]

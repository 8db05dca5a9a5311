"""The character stage: from a mesh a frame to one mesh that moves."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..events import Events
from ..frame import ClipReader
from ..job import Job
from ..ply import read_ply
from ..props.files import Props
from ..surface.stage import dressed_body, read_clothing
from .files import write_character
from .fusion import Displacements, fuse, moving
from .posing import BodyMotionFile
from .registered import Half, RegisteredFrames
from .registration import FrameSurface, Registered, register
from .unwrap import body_unwrap

STAGE = "character"

Float = npt.NDArray[np.float32]


class Registration:
    """Lays the dressed body of any frame of a job onto the frame's mesh."""

    def __init__(self, job: Job, motion: BodyMotionFile) -> None:
        self._job, self._motion, self._thickness = job, motion, read_clothing(job)
        self._reader = ClipReader(job, Props.read(job))

    def __call__(self, row: int) -> Registered:
        """The body on the mesh of the motion's frame `row`, which must have one."""
        number = int(self._motion.frames[row])
        vertices, faces, _ = read_ply(self._job.mesh_path(number))
        start = dressed_body(self._reader, number, self._thickness)
        return register(start, self._motion.rest, FrameSurface(vertices, faces), self._reader.camera)


def run_character(job: Job, events: Events) -> None:
    """Write `character/` (docs/job-folder.md), but for its texture, from the frames' meshes; frames without one follow
    their neighbours. Frames that an interrupted run registered are not registered again."""
    model, motion = BodyModel.load(), BodyMotionFile(job)
    count, done = 2 * len(motion.frames), 0

    def report() -> None:
        nonlocal done
        done += 1
        events.emit("frame", stage=STAGE, done=done, count=count)

    naked, register_row, registered = motion.rest, Registration(job, motion), RegisteredFrames(job)

    def registered_row(row: int) -> Half:
        found, posing = register_row(row), motion.posing(row)
        way = posing.unturn(found.vertices - posing.place(naked))
        return np.column_stack([way, found.sure, found.seen]).astype(np.float16)

    times = np.array([job.record.frames[int(number)].time for number in motion.frames])
    frames = Displacements.empty(times, job.folder)
    for row, number in enumerate(motion.frames.tolist()):
        if job.mesh_path(number).exists():
            values = registered.get(number, partial(registered_row, row))
            frames.way[row], frames.sure[row], frames.seen[row] = values[:, :3], values[:, 3], values[:, 4]
        report()
    template = fuse(frames, naked)

    def moved() -> Iterator[Float]:
        for row, displacement in enumerate(moving(frames, template, job.record.settings.steadiness)):
            yield motion.posing(row).place(naked + displacement)
            report()

    unwrap = body_unwrap()
    arrays = {
        "positions": naked + template,
        "triangles": model.triangles.astype(np.int32),
        "uv": unwrap.uv,
        "uv_triangles": unwrap.triangles,
    }
    write_character(job, arrays, motion.frames.astype(np.int32), moved(), motion.skeleton())

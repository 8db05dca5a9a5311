"""The character stage: from a mesh a frame to one mesh that moves."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..events import Events
from ..frame import ClipReader
from ..job import Job
from ..parallel import raised, work_through, worker_count
from ..ply import read_ply
from ..props.files import Props
from ..surface.stage import dressed_body, read_clothing
from ..texture.stage import photograph_of
from ..texture.unwrap import body_unwrap
from .alignment import Atlas
from .files import write_character
from .following import draft_texture, even, followed
from .fusion import Displacements, fuse, moving
from .posing import BodyMotionFile
from .registered import Half, RegisteredFrames
from .registration import FrameSurface, Registered, register

STAGE = "character"

Float = npt.NDArray[np.float32]


class Registration:
    """Lays the dressed body of any frame of a job onto the frame's mesh."""

    def __init__(self, job: Job, motion: BodyMotionFile) -> None:
        self._job, self._motion, self._thickness = job, motion, read_clothing(job)
        self.reader = ClipReader(job, Props.read(job))

    def __call__(self, row: int) -> Registered:
        """The body on the mesh of the motion's frame `row`, which must have one."""
        number = int(self._motion.frames[row])
        vertices, faces, _ = read_ply(self._job.mesh_path(number))
        start = dressed_body(self.reader, number, self._thickness)
        return register(start, self._motion.rest, FrameSurface(vertices, faces), self.reader.camera)


class RegisterWork:
    """Registers frames of a job that have a mesh; what an interrupted run registered is not registered again."""

    def __init__(self, job: Job) -> None:
        self.motion = BodyMotionFile(job)
        self.row = {int(number): row for row, number in enumerate(self.motion.frames)}
        self._registration, self._kept = Registration(job, self.motion), RegisteredFrames(job)
        self.reader = self._registration.reader

    def __call__(self, number: int) -> Half:
        """(V, 5) of a frame, as RegisteredFrames keeps them."""
        return self._kept.get(number, partial(self._registered, self.row[number]))

    def _registered(self, row: int) -> Half:
        found, posing = self._registration(row), self.motion.posing(row)
        way = posing.unturn(found.vertices - posing.place(self.motion.rest))
        return np.column_stack([way, found.sure, found.seen]).astype(np.float16)


class FollowWork:
    """Slides registered frames of a job to where their pictures show what all of them show (following.py)."""

    def __init__(self, job: Job, draft: Atlas) -> None:
        self._registered, self._draft = RegisterWork(job), draft

    def __call__(self, number: int) -> Float:
        """(V, 3) the frame's displacement of the naked body, rest pose."""
        work = self._registered
        values = work(number)
        way, seen = values[:, :3].astype(np.float32), values[:, 4].astype(np.float32)
        posing, reader = work.motion.posing(work.row[number]), work.reader
        placed = posing.place(work.motion.rest + way)
        slid, trust = followed(placed, seen, photograph_of(reader, number), reader.camera, self._draft)
        return way + even(posing.unturn(slid), trust)


def run_character(job: Job, events: Events) -> Atlas | None:
    """Write `character/` (docs/job-folder.md), but for its texture, from the frames' meshes; frames without one follow
    their neighbours. Frames that an interrupted run registered are not registered again. Returns a draft of the
    texture, where there are frames enough for one."""
    model, work = BodyModel.load(), RegisterWork(job)
    motion, row = work.motion, work.row
    meshes = [number for number in row if job.mesh_path(number).exists()]
    workers = worker_count(job.record.settings.workers, len(meshes))
    count, done = 2 * len(meshes) + len(row), 0

    def report() -> None:
        nonlocal done
        done += 1
        events.emit("frame", stage=STAGE, done=done, count=count)

    times = np.array([job.record.frames[int(number)].time for number in motion.frames])
    frames = Displacements.empty(times, job.folder)
    for number, values in raised(work_through(partial(RegisterWork, job), meshes, workers)):
        frames.way[row[number]] = values[:, :3]
        frames.sure[row[number]], frames.seen[row[number]] = values[:, 3], values[:, 4]
        report()

    def registered(number: int) -> Float:
        return motion.posing(row[number]).place(motion.rest + frames.way[row[number]].astype(np.float32))

    draft = draft_texture(work.reader, meshes, registered)
    if draft is None:
        count -= len(meshes)
    else:
        for number, way in raised(work_through(partial(FollowWork, job, draft), meshes, workers)):
            frames.way[row[number]] = way
            report()
    naked = motion.rest
    template = fuse(frames, naked)

    def moved() -> Iterator[Float]:
        for index, displacement in enumerate(moving(frames, template, job.record.settings.steadiness)):
            yield motion.posing(index).place(naked + displacement)
            report()

    unwrap = body_unwrap()
    arrays = {
        "positions": naked + template,
        "triangles": model.triangles.astype(np.int32),
        "uv": unwrap.uv,
        "uv_triangles": unwrap.triangles,
    }
    write_character(job, arrays, motion.frames.astype(np.int32), moved(), motion.skeleton())
    return draft

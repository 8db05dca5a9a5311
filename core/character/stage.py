"""The character stage: from a mesh a frame to one mesh that moves."""

from collections.abc import Callable, Iterator
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
from ..texture.stage import photograph_of
from .alignment import Atlas
from .files import write_character
from .following import draft_texture, even, followed
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
        self.reader = ClipReader(job, Props.read(job))

    def __call__(self, row: int) -> Registered:
        """The body on the mesh of the motion's frame `row`, which must have one."""
        number = int(self._motion.frames[row])
        vertices, faces, _ = read_ply(self._job.mesh_path(number))
        start = dressed_body(self.reader, number, self._thickness)
        return register(start, self._motion.rest, FrameSurface(vertices, faces), self.reader.camera)


def run_character(job: Job, events: Events) -> Atlas | None:
    """Write `character/` (docs/job-folder.md), but for its texture, from the frames' meshes; frames without one follow
    their neighbours. Frames that an interrupted run registered are not registered again. Returns a draft of the
    texture, where there are frames enough for one."""
    model, motion = BodyModel.load(), BodyMotionFile(job)
    count, done = 3 * len(motion.frames), 0

    def report() -> None:
        nonlocal done
        done += 1
        events.emit("frame", stage=STAGE, done=done, count=count)

    naked, registration, registered = motion.rest, Registration(job, motion), RegisteredFrames(job)

    def registered_row(row: int) -> Half:
        found, posing = registration(row), motion.posing(row)
        way = posing.unturn(found.vertices - posing.place(naked))
        return np.column_stack([way, found.sure, found.seen]).astype(np.float16)

    times = np.array([job.record.frames[int(number)].time for number in motion.frames])
    frames = Displacements.empty(times, job.folder)
    for row, number in enumerate(motion.frames.tolist()):
        if job.mesh_path(number).exists():
            values = registered.get(number, partial(registered_row, row))
            frames.way[row], frames.sure[row], frames.seen[row] = values[:, :3], values[:, 3], values[:, 4]
        report()
    draft = _follow_pictures(frames, motion, registration.reader, report)
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
    return draft


def _follow_pictures(
    frames: Displacements, motion: BodyMotionFile, reader: ClipReader, report: Callable[[], None]
) -> Atlas | None:
    """Slide the registered frames to where their pictures show what all of them show (following.py); returns the
    texture that tells it. report: is called once a frame."""
    rows = {int(number): row for row, number in enumerate(motion.frames)}

    def vertices(number: int) -> Float:
        row = rows[number]
        return motion.posing(row).place(motion.rest + frames.way[row].astype(np.float32))

    draft = draft_texture(reader, [number for number in rows if reader.job.mesh_path(number).exists()], vertices)
    for number, row in rows.items():
        if draft is not None and reader.job.mesh_path(number).exists():
            posing, way, seen = motion.posing(row), frames.way[row].astype(np.float32), frames.seen[row]
            placed = posing.place(motion.rest + way)
            slid, trust = followed(placed, seen, photograph_of(reader, number), reader.camera, draft)
            frames.way[row] = way + even(posing.unturn(slid), trust)
        report()
    return draft

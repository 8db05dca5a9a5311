"""The character stage: from a mesh a frame to one mesh that moves."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..events import Events
from ..job import Job
from ..ply import read_ply
from ..render import vertex_normals
from ..surface.stage import read_clothing
from .files import write_character
from .fusion import Displacements, fuse, moving
from .posing import BodyMotionFile
from .registration import FrameSurface, Registered, register
from .unwrap import body_unwrap

STAGE = "character"

Float = npt.NDArray[np.float32]


class Registration:
    """Lays the dressed body of any frame of a job onto the frame's mesh."""

    def __init__(self, job: Job, motion: BodyMotionFile) -> None:
        self._job, self._motion, self._camera = job, motion, job.camera()
        normals = vertex_normals(motion.rest, BodyModel.load().triangles)
        self._dressed = motion.rest + read_clothing(job)[:, None] * normals

    def __call__(self, row: int) -> Registered | None:
        """The body on the mesh of the motion's frame `row`; None for a frame without a mesh."""
        path = self._job.mesh_path(int(self._motion.frames[row]))
        if not path.exists():
            return None
        vertices, faces, _ = read_ply(path)
        start = self._motion.posing(row).place(self._dressed)
        return register(start, self._motion.rest, FrameSurface(vertices, faces), self._camera)


def run_character(job: Job, events: Events) -> None:
    """Write `character/` (docs/job-folder.md), but for its texture, from the frames' meshes; frames without one follow
    their neighbours."""
    model, motion = BodyModel.load(), BodyMotionFile(job)
    count, done = 2 * len(motion.frames), 0

    def report() -> None:
        nonlocal done
        done += 1
        events.emit("frame", stage=STAGE, done=done, count=count)

    naked, register_row = motion.rest, Registration(job, motion)
    times = np.array([job.record.frames[int(number)].time for number in motion.frames])
    frames = Displacements.empty(times, job.folder)
    for row in range(len(motion.frames)):
        found = register_row(row)
        if found is not None:
            posing = motion.posing(row)
            frames.way[row] = posing.unturn(found.vertices - posing.place(naked))
            frames.sure[row], frames.seen[row] = found.sure, found.seen
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

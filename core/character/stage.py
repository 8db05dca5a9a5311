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
from .registration import FrameSurface, register
from .unwrap import body_unwrap

STAGE = "character"

Float = npt.NDArray[np.float32]


def run_character(job: Job, events: Events) -> None:
    """Write `character/` (docs/job-folder.md), but for its texture, from the frames' meshes; frames without one follow
    their neighbours."""
    model, motion = BodyModel.load(), BodyMotionFile(job)
    count, done = 2 * len(motion.frames), 0

    def report() -> None:
        nonlocal done
        done += 1
        events.emit("frame", stage=STAGE, done=done, count=count)

    naked, camera = motion.rest, job.camera()
    times = np.array([job.record.frames[int(number)].time for number in motion.frames])
    dressed = naked + read_clothing(job)[:, None] * vertex_normals(naked, model.triangles)
    frames = Displacements.empty(times, job.folder)
    for row, number in enumerate(motion.frames):
        path = job.mesh_path(int(number))
        if path.exists():
            vertices, faces, _ = read_ply(path)
            posing = motion.posing(row)
            found = register(posing.place(dressed), naked, FrameSurface(vertices, faces), camera)
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

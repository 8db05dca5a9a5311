"""A job with a character whose every vertex is known: the body model itself, posed, with a texture of stripes."""

from pathlib import Path

import numpy as np

from core.body.model import BodyModel
from core.character.files import Skeleton, write_character
from core.character.unwrap import body_unwrap
from core.job import FrameRecord, Job, JobRecord
from core.picture import write_png
from core.settings import Settings
from tests.core.posed_person import Person, pose

# Frame 6 shows nobody, so that times are not a guessed rate.
FRAMES = np.array([4, 5, 7, 8], np.int32)
TIMES = {4: 0.4, 5: 0.45, 6: 0.55, 7: 0.6, 8: 0.75}
SIZE = 64


def people() -> list[Person]:
    """A person who raises a leg and an arm while walking sideways."""
    return [
        pose({"upperleg01.L": (25.0 * row, 0.0, 0.0), "lowerarm01.R": (20.0 * row, 0.0, 0.0)}, (0.1 * row, 0.9, 0.0))
        for row in range(len(FRAMES))
    ]


def make_job(folder: Path) -> Job:
    """The job, with `character/` and no frames of its own."""
    model, moved = BodyModel.load(), people()
    clip = {"width": 360, "height": 480, "frame_rate": 10.0, "frame_count": 9}
    job = Job(folder, JobRecord("Anna & Ben", {"name": "clip.mp4"}, Settings(), clip))
    job.record.frames = {number: FrameRecord(time) for number, time in TIMES.items()}
    job.record.frames[6].status = "no_person"
    skeleton = Skeleton(
        names=np.array(model.bone_names),
        parents=np.array(model.bone_parents, np.int32),
        heads=model.mean_heads,
        tails=model.mean_heads + np.float32(0.05),
        weights_index=model.weight_bones,
        weights=model.weights,
        rotations=np.stack([person.rotations for person in moved]).astype(np.float32),
        translation=np.stack([person.joints[0] for person in moved]).astype(np.float32),
        scale=1.0,
    )
    template = {
        "positions": model.mean_vertices,
        "triangles": model.triangles,
        "uv": body_unwrap().uv,
        "uv_triangles": body_unwrap().triangles,
    }
    vertices = np.stack([person.vertices for person in moved]).astype(np.float32)
    write_character(job, template, FRAMES, vertices, skeleton)
    # Red in the upper half, where v is above 0.5, blue below.
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    picture[: SIZE // 2, :, 0] = picture[SIZE // 2 :, :, 2] = 255
    write_png(job.character_texture_path, picture)
    job.save()
    return job

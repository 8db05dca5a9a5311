"""A job with a character whose every vertex is known: the body model itself, posed, with a texture of stripes; also
before a camera that moves on a known way."""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from core.body.model import BodyModel
from core.camera_file import write_camera
from core.character.files import Skeleton, write_character
from core.job import FrameRecord, Job, JobRecord, atomic_write
from core.picture import write_png
from core.settings import Settings
from core.texture.unwrap import body_unwrap
from tests.core.posed_person import HEIGHT, WIDTH, Person, camera, pose

# Frame 6 shows nobody, so that times are not a guessed rate.
FRAMES = np.array([4, 5, 7, 8], np.int32)
TIMES = {4: 0.4, 5: 0.45, 6: 0.55, 7: 0.6, 8: 0.75}
# From the first frame.
SECONDS = [TIMES[int(number)] - TIMES[int(FRAMES[0])] for number in FRAMES]
SIZE = 64


def people() -> list[Person]:
    """A person who raises a leg and an arm while walking sideways."""
    return [
        pose({"upperleg01.L": (25.0 * row, 0.0, 0.0), "lowerarm01.R": (20.0 * row, 0.0, 0.0)}, (0.1 * row, 0.9, 0.0))
        for row in range(len(FRAMES))
    ]


def turns() -> np.ndarray:
    """(F, 3, 3) of a camera that pans by 40 degrees, nods and rolls."""
    share = np.arange(len(FRAMES)) / (len(FRAMES) - 1)
    return Rotation.from_euler("yxz", share[:, None] * [40.0, -6.0, 3.0], degrees=True).as_matrix()


def ways() -> np.ndarray:
    """(F, 3) metres of a camera that is carried sideways, up and forwards."""
    return np.arange(len(FRAMES))[:, None] / (len(FRAMES) - 1) * np.array([0.8, 0.1, -0.5])


def make_job(
    folder: Path, moved: list[Person] | None = None, turn: np.ndarray | None = None, way: np.ndarray | None = None
) -> Job:
    """The job, with `character/` and no frames of its own.

    moved: where the person truly is in each frame, people() without; turn: (F, 3, 3) and way: (F, 3) of the camera,
    which the job's world takes part in.
    """
    model, moved, view = BodyModel.load(), moved or people(), camera()
    clip = {"width": WIDTH, "height": HEIGHT, "frame_rate": 10.0, "frame_count": 9}
    job = Job(folder, JobRecord("Anna & Ben", {"name": "clip.mp4"}, Settings(), clip))
    job.record.frames = {number: FrameRecord(time) for number, time in TIMES.items()}
    job.record.frames[6].status = "no_person"
    back, start = np.tile(np.eye(3), (len(FRAMES), 1, 1)), view.camera_to_world[:3, 3]
    if turn is not None:
        write_camera(job.world_turns_path, dict(zip(FRAMES.tolist(), turn, strict=True)), way)
        back = turn.transpose(0, 2, 1)
    away = start + (np.zeros((len(FRAMES), 3)) if way is None else way)

    def filmed(row: int, points: np.ndarray) -> np.ndarray:
        return points if turn is None else (points - away[row]) @ back[row].T + start

    rotations = np.stack([person.rotations for person in moved])
    if turn is not None:
        rotations[:, 0] = (Rotation.from_matrix(back) * Rotation.from_rotvec(rotations[:, 0])).as_rotvec()
    roots = np.stack([filmed(row, person.joints[0]) for row, person in enumerate(moved)]).astype(np.float32)
    with atomic_write(job.body_path) as stream:
        np.savez(
            stream, focal=np.float64(view.focal), centre=np.array(view.centre),
            image_size=np.array([view.width, view.height], np.int32), camera_to_world=view.camera_to_world,
        )  # fmt: skip
    skeleton = Skeleton(
        names=np.array(model.bone_names),
        parents=np.array(model.bone_parents, np.int32),
        heads=model.mean_heads,
        tails=model.mean_heads + np.float32(0.05),
        weights_index=model.weight_bones,
        weights=model.weights,
        rotations=rotations.astype(np.float32),
        translation=roots,
        scale=1.0,
    )
    template = {
        "positions": model.mean_vertices,
        "triangles": model.triangles,
        "uv": body_unwrap().uv,
        "uv_triangles": body_unwrap().triangles,
    }
    vertices = np.stack([filmed(row, person.vertices) for row, person in enumerate(moved)]).astype(np.float32)
    write_character(job, template, FRAMES, vertices, skeleton)
    # Red in the upper half, where v is above 0.5, blue below.
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    picture[: SIZE // 2, :, 0] = picture[SIZE // 2 :, :, 2] = 255
    write_png(job.character_texture_path, picture)
    flat = np.full((SIZE // 2, SIZE // 2, 3), (128, 128, 255), np.uint8)
    write_png(job.character_normals_path, flat)
    job.save()
    return job

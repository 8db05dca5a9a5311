"""A finished job made of a mannequin, so that every figure about it is known: capsules that walk sideways past a
camera, with the picture, mask, landmarks, body and mesh of every frame in exact agreement."""

import json
from pathlib import Path

import numpy as np
import trimesh

from core.job import FrameRecord, Job, JobRecord, atomic_write
from core.picture import write_png
from core.ply import write_ply
from core.render import CameraView, MeshCaster, shade, silhouette, vertex_normals
from core.settings import Settings
from core.spaces import Camera, Crop

WIDTH, HEIGHT = 360, 480
RATE = 30.0
# Metres a frame, along x: even, so that the true acceleration is zero.
STEP = 0.01

# MediaPipe's numbers of the landmarks that the mannequin has, and their places in its own axes.
LANDMARKS = {
    0: (0.0, 1.62, 0.12), 7: (0.08, 1.62, 0.0), 8: (-0.08, 1.62, 0.0),
    11: (0.2, 1.4, 0.0), 12: (-0.2, 1.4, 0.0), 13: (0.45, 1.3, 0.0), 14: (-0.45, 1.3, 0.0),
    15: (0.68, 1.2, 0.0), 16: (-0.68, 1.2, 0.0), 23: (0.12, 0.9, 0.0), 24: (-0.12, 0.9, 0.0),
    25: (0.14, 0.5, 0.0), 26: (-0.14, 0.5, 0.0), 27: (0.15, 0.1, 0.0), 28: (-0.15, 0.1, 0.0),
    29: (0.15, 0.04, -0.03), 30: (-0.15, 0.04, -0.03), 31: (0.15, 0.04, 0.15), 32: (-0.15, 0.04, 0.15),
}  # fmt: skip
BONES = [(11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (27, 31), (28, 32)]


def mannequin() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) metres and faces (T, 3) of the mannequin, standing at the origin and facing +z."""
    parts = [trimesh.creation.icosphere(subdivisions=3, radius=0.12).apply_translation((0.0, 1.62, 0.0))]
    parts.append(trimesh.creation.cylinder(0.17, segment=((0.0, 0.85, 0.0), (0.0, 1.5, 0.0))))
    for first, second in BONES:
        a, b = np.array(LANDMARKS[first]), np.array(LANDMARKS[second])
        parts.append(trimesh.creation.cylinder(0.06, segment=(a, b)))
    mesh = trimesh.util.concatenate(parts)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


def camera() -> Camera:
    pose = np.eye(4)
    pose[:3, 3] = (0.0, 1.0, 4.0)
    return Camera(700.0, (WIDTH / 2, HEIGHT / 2), WIDTH, HEIGHT, pose)


def places(count: int) -> np.ndarray:
    """World positions (F, 33, 3) of the landmarks; those the mannequin lacks stay at its origin."""
    positions = np.zeros((count, 33, 3))
    positions[:, list(LANDMARKS)] = list(LANDMARKS.values())
    return positions + _walk(count)[:, None]


def existing() -> np.ndarray:
    return np.isin(np.arange(33), list(LANDMARKS))


def make_job(folder: Path, count: int = 5, name: str = "mannequin") -> Job:
    """Write the whole job; frame numbers start at 10, and the one before the last shows nobody."""
    vertices, faces = mannequin()
    colours = np.clip(
        np.stack([120 + 100 * vertices[:, 0], 140 * vertices[:, 1], 200 - 90 * vertices[:, 1]], 1), 0, 255
    )
    numbers = np.array([*range(10, 10 + count - 1), 10 + count], np.int32)
    clip = {"width": WIDTH, "height": HEIGHT, "frame_rate": RATE, "frame_count": 20 + count}
    records = {n: FrameRecord(n / RATE) for n in range(10, 11 + count)}
    records[9 + count] = FrameRecord((9 + count) / RATE, "no_person", "nobody was found")
    job = Job(folder, JobRecord(name, {"name": f"{name}.mp4"}, Settings(), clip, frames=records))
    view = camera()
    walk, positions = _walk(count), places(count)
    crops = {}
    for index, number in enumerate(numbers):
        moved = vertices + walk[index]
        hits = MeshCaster(moved, faces).cast(CameraView(view, WIDTH, HEIGHT))
        write_png(job.mask_path(number), np.repeat(silhouette(hits)[..., None] * np.uint8(255), 3, axis=2))
        write_png(job.picture_path(number), shade(hits, vertex_normals(moved, faces), colours, (90, 110, 130)))
        write_ply(job.mesh_path(number), moved, faces, colours.astype(np.uint8))
        centre = view.project(walk[index] + (0.0, 0.87, 0.0))
        crops[f"{number:06d}"] = {"centre": centre.tolist(), "side": Crop((0.0, 0.0), 400.0).side}
    with atomic_write(job.crops_path) as stream:
        stream.write(json.dumps(crops).encode())
    with atomic_write(job.landmarks_path) as stream:
        np.savez(
            stream, frames=numbers, times=numbers / RATE, image=view.project(positions).astype(np.float32),
            visibility=np.broadcast_to(existing(), (count, 33)).astype(np.float32),
            world=(positions - walk[:, None] - (0.0, 0.9, 0.0)).astype(np.float32), held=np.zeros(count, bool),
        )  # fmt: skip
    joints = positions[:, list(LANDMARKS)].astype(np.float32)
    with atomic_write(job.body_path) as stream:
        np.savez(
            stream, frames=numbers, shape=np.zeros(1, np.float32), scale=np.float32(1.0),
            rotations=np.zeros_like(joints), translation=walk.astype(np.float32), joints=joints,
            joint_names=np.array([f"joint {n}" for n in LANDMARKS]), focal=np.float64(view.focal),
            centre=np.array(view.centre), image_size=np.array([WIDTH, HEIGHT], np.int32),
            camera_to_world=view.camera_to_world,
        )  # fmt: skip
    job.save()
    return job


def _walk(count: int) -> np.ndarray:
    """(F, 3) where the mannequin stands; the frame that shows nobody takes its step too."""
    steps = np.array([*range(count - 1), count])
    return np.stack([STEP * (steps - count / 2), np.zeros(count), np.zeros(count)], axis=1)

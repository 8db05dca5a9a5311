"""A character for tests: a four-sided arm of three bones that bends and walks, with the texture that goes around it."""

from pathlib import Path

import bpy
import numpy as np

from core.camera_file import write_camera
from core.character.files import Skeleton, write_character
from core.job import Job

NAMES = np.array(["root", "upperarm01.L", "wrist.L"])
PARENTS = np.array([-1, 0, 1], np.int32)
HEADS = np.array([[0, 0, 0], [0.1, 0.5, 0], [0.1, 1.0, 0.1]], np.float32)
TAILS = np.array([[0.1, 0.5, 0], [0.1, 1.0, 0.1], [0.1, 1.0, 0.1]], np.float32)  # the last bone has no length
RINGS = 7


def rest_positions() -> np.ndarray:
    """(4 * RINGS, 3) float32 metres, rest pose: squares one above the other."""
    square = np.array([[-0.1, 0, 0.1], [0.1, 0, 0.1], [0.1, 0, -0.1], [-0.1, 0, -0.1]], np.float32)
    return np.concatenate([square + [0.05, height, 0] for height in np.linspace(0, 1.5, RINGS)]).astype(np.float32)


def triangles() -> np.ndarray:
    """(T, 3) int32: the sides between the rings."""
    sides = []
    for ring in range(RINGS - 1):
        for corner in range(4):
            a, b = 4 * ring + corner, 4 * ring + (corner + 1) % 4
            sides += [(a, b, b + 4), (a, b + 4, a + 4)]
    return np.array(sides, np.int32)


def quads() -> np.ndarray:
    """(T / 2, 4) int32: the same sides, each of which is two of the triangles."""
    return np.concatenate([triangles()[::2], triangles()[1::2, 2:]], axis=1)


def weights() -> tuple[np.ndarray, np.ndarray]:
    """Bones (V, 2) and their shares (V, 2): each bone fades into the next."""
    height = np.repeat(np.linspace(0, 2, RINGS), 4)
    lower = np.minimum(height.astype(np.int32), 1)
    share = (height - lower).astype(np.float32)
    return np.stack([lower, lower + 1], axis=1), np.stack([1 - share, share], axis=1)


def motion(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (F, 3, 3), axis-angle in the rest pose's world axes, and the root's places (F, 3)."""
    time = np.arange(count, dtype=np.float32)[:, None]
    axes = np.array([[0.1, 0.4, 0.05], [0.5, -0.2, 0.3], [-0.3, 0.2, 0.9]], np.float32)
    # The wrist goes past a half turn, where quaternions change their sign.
    return time[:, None] * axes * [[[0.5], [0.8], [1.9]]], np.concatenate([0.1 * time, 0 * time, -0.2 * time], axis=1)


def rotation(vector: np.ndarray) -> np.ndarray:
    """Axis-angle (3,) -> matrix (3, 3), Rodrigues' formula."""
    angle = np.linalg.norm(vector)
    if not angle:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def posed(rotations: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """(V, 3) metres: the rest pose moved by linear blend skinning, which the armature has to repeat."""
    turns, joints = [rotation(rotations[0])], [translation.astype(float)]
    for bone in (1, 2):
        joints.append(joints[bone - 1] + turns[bone - 1] @ (HEADS[bone] - HEADS[bone - 1]))
        turns.append(turns[bone - 1] @ rotation(rotations[bone]))
    rest = rest_positions()
    each = np.stack([(rest - HEADS[bone]) @ turns[bone].T + joints[bone] for bone in range(3)], axis=1)
    index, shares = weights()
    return (np.take_along_axis(each, index[..., None], axis=1) * shares[..., None]).sum(axis=1).astype(np.float32)


def texture_coordinates() -> np.ndarray:
    """(V, 2): once around the square and up, v up."""
    corner, ring = np.tile(np.arange(4), RINGS), np.repeat(np.arange(RINGS), 4)
    return np.stack([corner / 4, ring / RINGS], axis=1).astype(np.float32)


def add_arm(job: Job, frames: list[int]) -> np.ndarray:
    """Give a job this character at some frames of its clip; returns its vertices (F, V, 3)."""
    rotations, translation = motion(len(frames))
    vertices = np.stack([posed(*pose) for pose in zip(rotations, translation, strict=True)])
    index, shares = weights()
    skeleton = Skeleton(NAMES, PARENTS, HEADS, TAILS, index, shares, rotations.astype(np.float32), translation, 1.0)
    template = {
        "positions": rest_positions(),
        "triangles": triangles(),
        "uv": texture_coordinates(),
        "uv_triangles": triangles(),
    }
    write_character(job, template, np.array(frames, np.int32), vertices, skeleton)
    save_texture(job.character_texture_path)
    save_texture(job.character_normals_path, (0.5, 0.5, 1.0))
    return vertices


def move_camera(job: Job) -> None:
    """A camera that pans and is carried sideways, for three frames; the job's world goes along with it."""
    steps = np.arange(3)[:, None]
    turns = np.stack([rotation(vector) for vector in steps * [0.05, 0.3, 0.0]])
    write_camera(job.world_turns_path, dict(enumerate(turns)), steps * [0.3, 0.05, -0.2])


def save_texture(path: Path, colour: tuple[float, float, float] | None = None) -> None:
    """One colour, 0-1, or red below and blue above."""
    image = bpy.data.images.new("texture", 16, 16)
    pixels = np.ones((16, 16, 4), np.float32)
    if colour:
        pixels[..., :3] = colour
    else:
        pixels[:8, :, 1:3], pixels[8:, :, :2] = 0, 0
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)

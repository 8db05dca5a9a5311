"""A person whose pose, size and camera are known: the body model itself, posed, and a job in which it is filmed."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from core.body.articulation import Articulation
from core.body.model import BodyModel, forward_kinematics
from core.job import FrameRecord, Job, JobRecord, atomic_write
from core.lifting.sight import look_at_hips
from core.picture import write_jpeg, write_png
from core.render import MeshCaster, silhouette
from core.settings import Settings
from core.spaces import Camera, Crop

WIDTH, HEIGHT = 360, 480
RATE = 15.0

Angles = dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Person:
    """One posed body: vertices (V, 3), joints (B, 3), landmarks (33, 3), world metres; its rotations (B, 3)."""

    vertices: np.ndarray
    joints: np.ndarray
    landmarks: np.ndarray
    rotations: np.ndarray


def pose(angles: Angles, root: tuple[float, float, float] = (0.0, 0.0, 0.0), stand: str = "") -> Person:
    """The mean body with joints turned by (flexion, twist, sideways) degrees; the bone `stand` stays at its rest
    place where one is given, else the root at `root`."""
    model = BodyModel.load()
    articulation = Articulation.of(model)
    rotations = np.zeros((len(model.bone_names), 3), np.float32)
    for name, values in angles.items():
        joint = int(np.flatnonzero(articulation.bones == model.bone(name))[0])
        rotations[model.bone(name)] = articulation.frames[joint] @ np.radians(values)
    shape = np.zeros(model.shape_count, np.float32)
    translation = np.array(root, np.float32)
    if stand:
        _, joints = _kinematics(model, rotations, translation)
        translation = model.mean_heads[model.bone(stand)] - joints[model.bone(stand)]
    matrices, joints = _kinematics(model, rotations, translation)
    offsets = joints - np.einsum("bij,bj->bi", matrices, model.mean_heads)
    turned = np.einsum("lb,bij,lj->li", model.landmark_weights, matrices, model.landmark_mean)
    landmarks = turned + model.landmark_weights @ offsets
    return Person(model.vertices(shape, 1.0, rotations, translation), joints, landmarks, rotations)


def camera(pitch: float = 0.0) -> Camera:
    """At a standing person's chest, 4 m away, looking down by `pitch` degrees."""
    turn = np.radians(pitch)
    matrix = np.eye(4)
    matrix[:3, :3] = [[1, 0, 0], [0, np.cos(turn), np.sin(turn)], [0, -np.sin(turn), np.cos(turn)]]
    middle = np.array([0.0, BodyModel.load().mean_vertices[:, 1].mean(), 0.0])
    matrix[:3, 3] = middle + matrix[:3, :3] @ [0.0, 0.0, 4.0]
    return Camera(float(HEIGHT), (WIDTH / 2, HEIGHT / 2), WIDTH, HEIGHT, matrix)


def crop_around(view: Camera, vertices: np.ndarray) -> Crop:
    """The square in which the person is 80 % high."""
    pixels = view.project(vertices)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return Crop((float((low + high)[0] / 2), float((low + high)[1] / 2)), float((high - low).max() / 0.8))


def render_mask(view: Camera, vertices: np.ndarray) -> np.ndarray:
    """(H, W) bool silhouette of a body."""
    caster = MeshCaster(vertices, BodyModel.load().triangles)
    return silhouette(caster.render(view, view.width, view.height))


def film(
    folder: Path, people: list[Person], view: Camera, outlier: int = -1, rate: float = RATE, noisy: float = 1.0
) -> Job:
    """Write the job of a clip that shows the person in each frame as measured: landmarks with noise of 1 pixel and
    3 mm, or `noisy` times as much; in the frame `outlier` the arms' landmarks are anywhere."""
    noise = np.random.default_rng(0)
    count = len(people)
    truth = np.stack([person.landmarks for person in people])
    in_camera = view.world_to_camera(truth)
    image = view.project(truth) + noise.normal(0.0, noisy, (count, 33, 2))
    hips = in_camera[:, 23:25].mean(axis=1, keepdims=True)
    world = _along_the_ray(in_camera - hips, hips[:, 0]) + noise.normal(0.0, 0.003 * noisy, (count, 33, 3))
    if outlier >= 0:
        image[outlier, 11:23] += noise.normal(0.0, 80.0, (12, 2))
        world[outlier, 11:23] += noise.normal(0.0, 0.3, (12, 3))
    clip = {"width": WIDTH, "height": HEIGHT, "frame_rate": rate, "frame_count": count}
    record = JobRecord("person", {"name": "person.mp4"}, Settings(focal=1.0), clip)
    record.frames = {number: FrameRecord(number / rate) for number in range(count)}
    job = Job(folder, record)
    crops = {}
    for number, person in enumerate(people):
        crop = crop_around(view, person.vertices)
        crops[f"{number:06d}"] = {"centre": list(crop.centre), "side": crop.side}
        mask = render_mask(view, person.vertices)
        shown = np.repeat(mask[..., None] * np.uint8(255), 3, axis=2)
        write_png(job.mask_path(number), shown)
        write_jpeg(job.picture_path(number), shown)
    with atomic_write(job.crops_path) as stream:
        stream.write(json.dumps(crops).encode())
    with atomic_write(job.landmarks_path) as stream:
        np.savez(
            stream, frames=np.arange(count, dtype=np.int32), times=np.arange(count) / rate,
            image=image.astype(np.float32), visibility=np.ones((count, 33), np.float32),
            world=world.astype(np.float32), held=np.zeros(count, bool),
        )  # fmt: skip
    job.save()
    return job


def lifted_as_they_are(
    image: np.ndarray,
    visibility: np.ndarray,
    world: np.ndarray,
    times: np.ndarray,
    focal: float,
    size: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Stands in for core.lifting.lift.lift: landmarks in space are as `film` wrote them, the truth with little noise.
    The network expects them to be as wrong as MediaPipe's are."""
    _, turn = look_at_hips(image.astype(float), focal, size)
    in_camera = np.einsum("fji,fpj->fpi", turn, world).astype(np.float32)
    return in_camera, np.full(visibility.shape, 0.06, np.float32)


def _along_the_ray(points: np.ndarray, hips: np.ndarray) -> np.ndarray:
    """(F, 33, 3) as MediaPipe gives them, which knows the crop alone: -z points from the camera to the hips (F, 3)."""
    turned = []
    for frame, place in zip(points, hips, strict=True):
        backwards = -place / np.linalg.norm(place)
        axis = np.cross(backwards, [0.0, 0.0, 1.0])
        angle = np.arcsin(np.linalg.norm(axis))
        turned.append(Rotation.from_rotvec(axis / max(np.linalg.norm(axis), 1e-9) * angle).apply(frame))
    return np.stack(turned)


def _kinematics(model: BodyModel, rotations: np.ndarray, translation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    heads, turns, place = (torch.from_numpy(values)[None] for values in (model.mean_heads, rotations, translation))
    matrices, joints = forward_kinematics(model.bone_parents, heads, turns, place)
    return matrices[0].numpy(), joints[0].numpy()

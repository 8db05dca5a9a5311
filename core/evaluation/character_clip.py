"""A synthetic person who moves before a camera that stands still: a clip, and the truth about all of its frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from ..preview.video import write_video
from ..render import CameraView, Hits, Layer, MeshCaster, View, silhouette
from ..spaces import Camera
from ..training.avatar import Avatar
from ..training.binding import BoundBody
from ..training.dataset import DataSet, captured
from ..training.motion import Motion
from ..training.photo import Light, photograph
from ..training.retarget import Calibration, retarget
from ..training.scene import bone_rotations
from ..training.still import Picture, background, before

Float = npt.NDArray[np.float32]

# Frames a second of the motions.
RATE = 30.0
# Hertz. Captured motion trembles by several millimetres a frame squared, which no body does.
CUTOFF = 6.0
# Of the lens, in the picture's side; the share of the picture that the whole motion fills; radians by which the camera
# looks down; the person's height, metres.
FOCAL, FILLED, PITCH, HEIGHT = 1.4, 0.85, 0.06, 1.75
EXPOSURE = 1.2


@dataclass(frozen=True, eq=False)
class TrueClip:
    """world: (F, V, 3) the avatar, body: (F, B, 3) the body model inside it, metres; the camera; name: who does what;
    seed: of light, background and grain."""

    name: str
    avatar: Avatar
    world: Float
    body: Float
    camera: Camera
    seed: int

    @classmethod
    def make(cls, dataset: DataSet, number: int, frames: int, size: int) -> "TrueClip":
        """Always the same clip of a number: a person, a motion, where in it, and where the person faces.

        frames: how many; size: pixels of the square picture's side. Raises RestageError `dataset_empty` where no motion
        is that long.
        """
        rng = dataset.generator(number)
        avatar = Avatar.load(dataset.avatars[int(rng.integers(len(dataset.avatars)))])
        motion, calibration = _long_enough(dataset, int(rng.integers(len(dataset.motions))), frames)
        first = int(rng.integers(len(motion.rotations) - frames + 1))
        chosen = slice(first, first + frames)
        part = Motion(motion.name, motion.bone_names, motion.rotations[chosen], motion.positions[chosen])
        turns = retarget(part, calibration)
        turns = {name: _rotations(_steady(turn)) for name, turn in turns.items()}
        angle = rng.uniform(0, 2 * np.pi)
        cosine, sine = np.cos(angle), np.sin(angle)
        heading = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]], np.float32)
        bound = BoundBody.load(avatar, dataset.folder.parent / "bodies")
        scale, steps = HEIGHT / avatar.height, _steps(part, avatar) @ heading.T
        world, body = [], []
        for frame in range(frames):
            rotations = bone_rotations(avatar, {name: turn[frame] for name, turn in turns.items()}, heading)
            world.append((avatar.posed(rotations) + steps[frame]) * scale)
            body.append((bound.posed(*avatar.transforms(rotations)) + steps[frame]) * scale)
        placed = np.stack(world).astype(np.float32)
        name = f"{number:02d}_{avatar.name}_{motion.name}_{first}"
        return cls(name, avatar, placed, np.stack(body).astype(np.float32), _camera(placed, size), number)

    @cached_property
    def light(self) -> Light:
        return Light.random(np.random.default_rng([self.seed, 1]))

    def write(self, path: Path) -> None:
        """Film it: MP4 at RATE."""
        camera, rng = self.camera, np.random.default_rng([self.seed, 2])
        behind = background(camera.height, camera.width, rng)
        view = CameraView(camera, camera.width, camera.height)

        def pictures() -> Iterator[Picture]:
            for frame in range(len(self.world)):
                person = self.lit(frame, [view], rng)[0]
                yield before(behind, person[..., :3], person[..., 3] > 0)[0]

        write_video(path, pictures(), RATE)

    def lit(self, frame: int, views: Sequence[View], rng: np.random.Generator) -> list[Picture]:
        """(h, w, 4) uint8 RGBA of the person in a frame, as its light shows them in each view, transparent around."""
        vertices, avatar = self.world[frame], self.avatar
        caster = MeshCaster(vertices, avatar.faces)
        layers = [_layer(caster.cast(view)) for view in views]
        return photograph(avatar, layers, vertices, avatar.vertex_normals(vertices), caster, self.light, rng, EXPOSURE)

    def seen(self, points: Float, frame: int) -> npt.NDArray[np.bool_]:
        """(N,) which points on the true surface of a frame, (N, 3) world, the camera sees."""
        return MeshCaster(self.world[frame], self.avatar.faces).visible(points, self.camera, 0.004)


def _layer(hits: Hits) -> Layer:
    """What a view sees, without what light does not ask for."""
    shape = hits.face.shape
    return Layer(
        silhouette(hits), np.zeros(shape, np.float32), np.zeros((*shape, 3), np.float32), hits.face, hits.barycentric
    )


def _long_enough(dataset: DataSet, first: int, frames: int) -> tuple[Motion, Calibration]:
    """The motion of that index, or the next one that has so many frames, and its subject's calibration."""
    for path in dataset.motions[first:] + dataset.motions[:first]:
        motion, calibration = captured(path)
        if len(motion.rotations) >= frames:
            return motion, calibration
    raise RestageError(
        "dataset_empty", f"No motion has {frames} frames. Give fewer --frames, or a folder of longer motions."
    )


def _steps(motion: Motion, avatar: Avatar) -> Float:
    """(F, 3) metres that the hips have gone since the first frame, in the avatar's size."""
    hips = motion.position("CC_Base_Pelvis")
    joints = [motion.position(f"CC_Base_L_{bone}")[0] for bone in ("Thigh", "Calf", "Foot")]
    own = [avatar.heads[avatar.bone(f"Left{bone}")] for bone in ("UpLeg", "Leg", "Foot")]
    ratio = _length(own) / _length(joints)
    return _steady((hips - hips[0]) * ratio).astype(np.float32)


def _steady(values: Float) -> Float:
    """(F, ...) without what trembles faster than people move: a Butterworth filter of second order at CUTOFF, forwards
    and backwards, as is usual for marker trajectories (Winter, Biomechanics and Motor Control, 2009, chapter 3)."""
    from scipy.signal import butter, sosfiltfilt

    sections = butter(2, CUTOFF, fs=RATE, output="sos")
    return sosfiltfilt(sections, values, axis=0)


def _rotations(matrices: Float) -> Float:
    """(F, 3, 3) the rotations nearest to matrices."""
    left, _, right = np.linalg.svd(matrices)
    left[..., -1] *= np.linalg.det(left @ right)[..., None]
    return (left @ right).astype(np.float32)


def _length(points: list[Float]) -> float:
    return sum(float(np.linalg.norm(b - a)) for a, b in pairwise(points))


def _camera(world: Float, size: int) -> Camera:
    """One that sees the whole motion."""
    low, high = world.min(axis=(0, 1)), world.max(axis=(0, 1))
    middle, focal = (low + high) / 2, FOCAL * size
    cosine, sine = np.cos(PITCH), np.sin(PITCH)
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, cosine, sine], [0, -sine, cosine]]
    reach = float((high - low)[:2].max()) / FILLED
    pose[:3, 3] = middle + pose[:3, 2] * (FOCAL * reach + (high - low)[2] / 2)
    return Camera(focal, (size / 2, size / 2), size, size, pose)

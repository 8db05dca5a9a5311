"""Pictures of a scan from all sides, under lights that stay with the camera (pamir.md 5, 9.3)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...job import atomic_write
from ...pamir.camera import DISTANCE, FOCAL
from ...picture import write_jpeg, write_mask
from ...render import CameraView, MeshCaster, silhouette
from ...spaces import CROP_SIZE, Camera
from .albedo import Albedo
from .harmonics import rotation
from .light import random_light
from .scan import Bytes, Float

# Every view is turned a little further, so that views of different scans differ.
EXTRA_YAW = 0.1 * np.pi
GAMMA = 2.2


@dataclass(frozen=True, eq=False)
class Views:
    """angles: (N,) radians about y, 0 from the front (+z) and pi / 2 from +x; lights: (N, 9, 3) harmonics of the
    light in each camera's axes."""

    angles: Float
    lights: Float

    @classmethod
    def random(cls, count: int, rng: np.random.Generator) -> "Views":
        """Evenly about y, each with an extra yaw and a light of its own."""
        angles = 2 * np.pi * np.arange(count) / count + rng.uniform(-EXTRA_YAW, EXTRA_YAW, count)
        return cls(angles.astype(np.float32), np.stack([random_light(rng) for _ in range(count)]))

    @classmethod
    def load(cls, path: Path) -> "Views":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as values:
            return cls(values["angles"], values["lights"])

    def save(self, path: Path) -> None:
        """Write both arrays by their names."""
        with atomic_write(path) as stream:
            np.savez(stream, angles=self.angles, lights=self.lights)

    def light(self, number: int) -> Float:
        """(9, 3) the light of a view in the scan's axes."""
        return (rotation(_camera_axes(self.angles[number])) @ self.lights[number]).astype(np.float32)


def camera_at(angle: float) -> Camera:
    """PaMIR's camera, turned about y: DISTANCE canonical units from the volume's centre, which it looks at."""
    pose = np.eye(4)
    pose[:3, :3] = _camera_axes(angle)
    pose[:3, 3] = DISTANCE * pose[:3, 2]
    return Camera(FOCAL, (CROP_SIZE / 2, CROP_SIZE / 2), CROP_SIZE, CROP_SIZE, pose)


def _camera_axes(angle: float) -> npt.NDArray[np.float64]:
    """(3, 3) columns: the camera's right, up and towards the viewer."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])


def render_view(
    caster: MeshCaster, albedo: Albedo, transfer: Float, camera: Camera, light: Float
) -> tuple[Bytes, Bytes]:
    """The picture (512, 512, 3) uint8 RGB on black and its mask (512, 512) uint8, 0 or 255.

    transfer: (V, 9); light: (9, 3) in the scan's axes.
    """
    hits = caster.cast(CameraView(camera, CROP_SIZE, CROP_SIZE))
    seen = silhouette(hits)
    picture = np.zeros((*seen.shape, 3), np.uint8)
    if seen.any():
        colours = albedo.at(hits.face[seen], hits.barycentric[seen])
        picture[seen] = lit(colours, hits.interpolate(transfer @ light))
    return picture, np.where(seen, 255, 0).astype(np.uint8)


def lit(colours: Float, shading: Float) -> Bytes:
    """(N, 3) uint8: colours (N, 3) in 0-255, not linearised, under the light that arrives, (N, 3)."""
    return np.clip(colours * np.maximum(shading, 0.0) ** (1 / GAMMA) + 0.5, 0, 255).astype(np.uint8)


def write_view(folder: Path, number: int, picture: Bytes, mask: Bytes) -> None:
    """Write `mask/NUMBER.png` and `color/NUMBER.jpg`, the latter last."""
    write_mask(folder / "mask" / f"{number:04d}.png", mask)
    write_jpeg(folder / "color" / f"{number:04d}.jpg", picture)

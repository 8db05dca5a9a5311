"""Where pictures are taken from: the clip's camera (whole picture or crop), and orthographic views around a person.

A view knows its picture's size and goes both ways between pixels and world; pixels count as in core/spaces.py.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..spaces import CROP_SIZE, Array, Camera, Crop


class View(Protocol):
    """A picture's size in pixels, its camera's pose, and both directions between pixels and world."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def camera_to_world(self) -> Array:
        """(4, 4) rigid transform; the camera looks along its -z."""
        ...

    def pixels(self, points: Array) -> Array:
        """(N, 3) world metres -> (N, 2) pixels of this picture."""
        ...

    def rays(self, pixels: Array) -> tuple[Array, Array]:
        """(N, 2) pixels -> origins (N, 3) and directions (N, 3), world, metres.

        A direction is one metre long along the camera's axis, so the ray's parameter is the depth.
        """
        ...


@dataclass(frozen=True)
class CameraView:
    """The clip's pinhole camera, `width` x `height` pixels showing the whole image or one crop of it."""

    camera: Camera
    width: int
    height: int
    region: Crop | None = None

    @property
    def camera_to_world(self) -> Array:
        return self.camera.camera_to_world

    def pixels(self, points: Array) -> Array:
        image = self.camera.project(points)
        return (self.region.from_image(image) if self.region else image) / self._source_per_pixel()

    def rays(self, pixels: Array) -> tuple[Array, Array]:
        source = pixels * self._source_per_pixel()
        image = self.region.to_image(source) if self.region else source
        flat = (image - np.asarray(self.camera.centre)) * np.array([1.0, -1.0]) / self.camera.focal
        in_camera = np.concatenate([flat, np.full((len(flat), 1), -1.0)], axis=1)
        directions = in_camera @ self.camera_to_world[:3, :3].T
        return np.broadcast_to(self.camera_to_world[:3, 3], directions.shape), directions

    def _source_per_pixel(self) -> Array:
        """Pixels of the image or of the crop that one pixel of this picture covers, (x, y)."""
        source = (CROP_SIZE, CROP_SIZE) if self.region else (self.camera.width, self.camera.height)
        return np.array(source) / np.array([self.width, self.height])


@dataclass(frozen=True)
class OrthographicView:
    """Parallel rays; `pixel_size` metres a pixel, the picture's middle on the camera's axis."""

    camera_to_world: Array
    width: int
    height: int
    pixel_size: float

    def pixels(self, points: Array) -> Array:
        in_camera = (points - self.camera_to_world[:3, 3]) @ self.camera_to_world[:3, :3]
        return in_camera[:, :2] * np.array([1.0, -1.0]) / self.pixel_size + self._middle()

    def rays(self, pixels: Array) -> tuple[Array, Array]:
        flat = (pixels - self._middle()) * np.array([1.0, -1.0]) * self.pixel_size
        rotation, position = self.camera_to_world[:3, :3], self.camera_to_world[:3, 3]
        origins = flat @ rotation[:, :2].T + position
        return origins, np.broadcast_to(-rotation[:, 2], origins.shape)

    def _middle(self) -> Array:
        return np.array([self.width / 2, self.height / 2])


def orbit_view(azimuth: float, centre: Array, radius: float, width: int, height: int) -> OrthographicView:
    """An upright orthographic view that frames a sphere (centre (3,) world, radius in metres).

    azimuth: degrees around +Y; 0 looks from +Z (the front), 90 from +X, 180 from behind.
    """
    angle = np.radians(azimuth)
    toward_viewer = np.array([np.sin(angle), 0.0, np.cos(angle)])
    right = np.array([np.cos(angle), 0.0, -np.sin(angle)])
    camera_to_world = np.eye(4)
    camera_to_world[:3, :3] = np.stack([right, [0.0, 1.0, 0.0], toward_viewer], axis=1)
    camera_to_world[:3, 3] = np.asarray(centre) + toward_viewer * 2.0 * radius
    return OrthographicView(camera_to_world, width, height, 2.0 * radius / min(width, height))

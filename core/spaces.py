"""The coordinate spaces, and the only functions that go from one to another.

image      pixels of the clip's upright, square-pixel picture; x right, y down, origin at the top-left corner
           of the top-left pixel (the centre of that pixel is at 0.5, 0.5)
crop       pixels of the CROP_SIZE square that is cut around the person; axes as image
camera     metres; x right, y up, z towards the viewer (the camera looks along -z, as in glTF and Blender)
world      metres; right-handed, +Y up, +Z towards the camera, ground at y = 0; it goes along with a camera that moves
still      the same, but it stands still: the camera moves through it, and feet on the ground stay where they are
canonical  PaMIR's unit volume [-0.5, 0.5]^3; x right, y up, z towards the camera. Its x and y are pixels of the
           crop, so a line along z is a ray of the camera: a surface in it covers the crop's silhouette exactly.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]

CROP_SIZE = 512
# PaMIR's camera (f = 5000 px, 10 units away): one canonical unit covers 500 of the crop's 512 pixels.
CANONICAL_PIXELS = 500.0
# Half the crop's width in canonical units.
CROP_HALF = CROP_SIZE / 2 / CANONICAL_PIXELS


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that stands still in the world for the whole clip.

    focal: pixels; centre: principal point (x, y) in image pixels; width, height: of the image, pixels;
    camera_to_world: (4, 4) rigid transform.
    """

    focal: float
    centre: tuple[float, float]
    width: int
    height: int
    camera_to_world: Array

    def part(self, corner: tuple[int, int], width: int, height: int) -> "Camera":
        """The camera whose image is a part of this one's: corner: of its top left pixel, x and y."""
        return replace(
            self, centre=(self.centre[0] - corner[0], self.centre[1] - corner[1]), width=width, height=height
        )

    def world_to_camera(self, points: Array) -> Array:
        """(..., 3) world -> (..., 3) camera, metres."""
        rotation, position = self.camera_to_world[:3, :3], self.camera_to_world[:3, 3]
        return (points - position) @ rotation

    def to_world(self, points: Array) -> Array:
        """(..., 3) camera -> (..., 3) world, metres."""
        rotation, position = self.camera_to_world[:3, :3], self.camera_to_world[:3, 3]
        return points @ rotation.T + position

    def project_camera(self, points: Array) -> Array:
        """(..., 3) camera metres -> (..., 2) image pixels. Points must lie in front of the camera (z < 0)."""
        depth = -points[..., 2:3]
        flat = points[..., :2] * np.array([1.0, -1.0]) / depth
        return flat * self.focal + np.asarray(self.centre)

    def project(self, points: Array) -> Array:
        """(..., 3) world metres -> (..., 2) image pixels."""
        return self.project_camera(self.world_to_camera(points))


@dataclass(frozen=True, eq=False)
class StillWorld:
    """The world that stands still, and how the camera moves through it, taking along the world of each frame.

    camera: the job's own; frames: numbers, ascending, none where the camera stands still and both worlds are one;
    turns: (N, 3, 3) of each frame's world about the camera; places: (N, 3) of the camera, metres. Frames that are not
    among them are like the one before.
    """

    camera: Camera
    frames: list[int]
    turns: Array
    places: Array

    @property
    def moves(self) -> bool:
        """Whether it is another than the world."""
        return bool(self.frames)

    def from_world(self, points: Array, number: int) -> Array:
        """(..., 3) world of a frame -> (..., 3) still, metres, of the same type."""
        if not self.moves:
            return points
        row = self._row(number)
        around = points - self.camera.camera_to_world[:3, 3]
        return (around @ self.turns[row].T + self.places[row]).astype(points.dtype)

    def camera_to_still(self, number: int) -> Array:
        """(4, 4) rigid transform from a frame's camera."""
        pose = np.array(self.camera.camera_to_world, np.float64)
        if self.moves:
            row = self._row(number)
            pose[:3, :3], pose[:3, 3] = self.turns[row] @ pose[:3, :3], self.places[row]
        return pose

    def turn(self, number: int) -> Array:
        """(3, 3) rotation of directions from a frame's world."""
        return self.turns[self._row(number)] if self.moves else np.eye(3)

    def _row(self, number: int) -> int:
        return max(bisect_right(self.frames, number) - 1, 0)


@dataclass(frozen=True)
class Crop:
    """A square of the image around the person: centre (x, y) and side, both in image pixels."""

    centre: tuple[float, float]
    side: float

    def from_image(self, pixels: Array) -> Array:
        """(..., 2) image pixels -> (..., 2) crop pixels."""
        return (pixels - np.asarray(self.centre)) * (CROP_SIZE / self.side) + CROP_SIZE / 2

    def to_image(self, pixels: Array) -> Array:
        """(..., 2) crop pixels -> (..., 2) image pixels."""
        return (pixels - CROP_SIZE / 2) * (self.side / CROP_SIZE) + np.asarray(self.centre)

    def affine(self, size: int = CROP_SIZE) -> Array:
        """(2, 3) matrix for cv2.warpAffine, from image to a crop of `size` pixels; cv2 counts from pixel centres,
        hence the halves."""
        scale = size / self.side
        offset = size / 2 - np.asarray(self.centre) * scale + 0.5 * scale - 0.5
        return np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])


@dataclass(frozen=True)
class CanonicalView:
    """One frame's canonical volume: its crop, the clip's camera and the depth of the person's root.

    root_depth: metres from the camera's plane to the person's root joint, > 0.
    """

    camera: Camera
    crop: Crop
    root_depth: float

    @property
    def metres_per_unit(self) -> float:
        """Length of one canonical unit at the root's depth."""
        return CANONICAL_PIXELS * (self.crop.side / CROP_SIZE) * self.root_depth / self.camera.focal

    def crop_camera(self, size: int = CROP_SIZE) -> Camera:
        """The camera whose whole picture is the crop, `size` pixels square."""
        scale = size / self.crop.side
        corner = np.asarray(self.crop.centre) - self.crop.side / 2
        x, y = (np.asarray(self.camera.centre) - corner) * scale
        return Camera(self.camera.focal * scale, (float(x), float(y)), size, size, self.camera.camera_to_world)

    def to_crop(self, points: Array) -> Array:
        """(..., 3) canonical -> (..., 2) crop pixels."""
        return points[..., :2] * np.array([CANONICAL_PIXELS, -CANONICAL_PIXELS]) + CROP_SIZE / 2

    def to_world(self, points: Array) -> Array:
        """(..., 3) canonical -> (..., 3) world metres."""
        depth = self.root_depth - points[..., 2:3] * self.metres_per_unit
        pixels = self.crop.to_image(self.to_crop(points)) - np.asarray(self.camera.centre)
        flat = pixels * np.array([1.0, -1.0]) * depth / self.camera.focal
        return self.camera.to_world(np.concatenate([flat, -depth], axis=-1))

    def from_world(self, points: Array) -> Array:
        """(..., 3) world metres -> (..., 3) canonical. Points must lie in front of the camera."""
        in_camera = self.camera.world_to_camera(points)
        pixels = self.crop.from_image(self.camera.project_camera(in_camera)) - CROP_SIZE / 2
        flat = pixels * np.array([1.0, -1.0]) / CANONICAL_PIXELS
        z = (self.root_depth + in_camera[..., 2:3]) / self.metres_per_unit
        return np.concatenate([flat, z], axis=-1)

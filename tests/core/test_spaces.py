"""Points go from one space to another and come back; the canonical volume covers the crop."""

import cv2
import numpy as np

from core.spaces import CROP_SIZE, Camera, CanonicalView, Crop
from tests.core.posed_person import camera

POINTS = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3))


def view() -> CanonicalView:
    return CanonicalView(camera(pitch=10.0), Crop((170.0, 230.0), 300.0), 4.0)


def test_world_and_camera_undo_each_other() -> None:
    filmed = camera(pitch=20.0)
    assert np.allclose(filmed.to_world(filmed.world_to_camera(POINTS)), POINTS)


def test_pixels_grow_to_the_right_and_down() -> None:
    filmed = Camera(500.0, (160.0, 120.0), 320, 240, np.eye(4))
    assert np.allclose(filmed.project(np.array([0.0, 0.0, -2.0])), [160.0, 120.0])
    assert np.allclose(filmed.project(np.array([0.2, 0.1, -2.0])), [210.0, 95.0])


def test_canonical_and_world_undo_each_other() -> None:
    assert np.allclose(view().from_world(view().to_world(POINTS)), POINTS)


def test_a_line_along_canonical_z_is_a_ray_of_the_camera() -> None:
    line = np.array([[0.2, -0.3, z] for z in (-0.4, 0.0, 0.4)])
    pixels = view().camera.project(view().to_world(line))
    assert np.allclose(pixels, pixels[0])
    assert np.allclose(view().crop.from_image(pixels), view().to_crop(line))


def test_a_canonical_unit_has_its_length_at_the_roots_depth() -> None:
    ends = view().to_world(np.array([[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0]]))
    assert np.isclose(np.linalg.norm(ends[1] - ends[0]), view().metres_per_unit)


def test_a_crop_cut_by_cv2_shows_what_the_crop_says() -> None:
    crop = Crop((200.0, 150.0), 128.0)
    picture = np.zeros((300, 400), np.float32)
    # A square whose middle is at (180, 170) of the image.
    picture[160:180, 170:190] = 1.0
    cut = cv2.warpAffine(picture, crop.affine(), (CROP_SIZE, CROP_SIZE))
    rows, columns = np.nonzero(cut > 0.5)
    middle = np.array([columns.mean(), rows.mean()]) + 0.5
    assert np.allclose(middle, crop.from_image(np.array([180.0, 170.0])), atol=0.6)

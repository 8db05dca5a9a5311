"""What the landmarks say of somebody at the picture's edge."""

import numpy as np
import pytest

from core.body.observations import in_camera_axes
from core.spaces import Camera

WIDTH, HEIGHT, FOCAL = 1000, 800, 900.0


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.6, 0.0), (-1.2, 0.7)])
def test_the_axis_of_a_crop_is_the_ray_to_it(place: tuple[float, float]) -> None:
    camera = Camera(FOCAL, (WIDTH / 2, HEIGHT / 2), WIDTH, HEIGHT, np.eye(4))
    # Somebody whose every landmark lies on the ray from the camera to the hips, a landmark every 2 cm.
    hips = np.array([*place, -4.0])
    ray = hips / np.linalg.norm(hips)
    along = np.linspace(-0.3, 0.3, 33)
    points = hips + along[:, None] * ray
    points[23:25] = hips
    # A crop around the hips sees them one behind the other: only z differs.
    world = np.zeros((1, 33, 3), np.float32)
    world[0, :, 2] = -along
    world[0, 23:25] = 0.0
    turned = in_camera_axes(world, camera.project(points)[None], FOCAL, (WIDTH, HEIGHT))
    assert turned[0] == pytest.approx(points - hips, abs=1e-5)
    if place == (0.0, 0.0):
        assert turned[0] == pytest.approx(world[0], abs=1e-6)

"""A person for tests: a tetrahedron that walks to the right in front of a crooked camera."""

import math
from pathlib import Path

import numpy as np

from core.spaces import Camera

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.user_default.restage"

FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 128, 20]], np.uint8)


def walk_vertices(number: int) -> np.ndarray:
    """(4, 3) float32 world metres: a tetrahedron 1.7 m high that moves 0.1 m to the right a frame."""
    corners = np.array([[-0.3, 0, 0.2], [0.3, 0, 0.25], [0, 0, -0.3], [0.05, 1.7, 0]], np.float32)
    return corners + np.array([0.1 * number, 0, 0], np.float32)


def walk_camera(size: tuple[int, int], centre: tuple[float, float]) -> Camera:
    """A camera 4 m in front and 1.2 m up that looks a little down and to the side, off-centre as real ones are."""
    tilt, turn = math.radians(-7), math.radians(5)
    around_x = np.array([[1, 0, 0], [0, math.cos(tilt), -math.sin(tilt)], [0, math.sin(tilt), math.cos(tilt)]])
    around_y = np.array([[math.cos(turn), 0, math.sin(turn)], [0, 1, 0], [-math.sin(turn), 0, math.cos(turn)]])
    transform = np.eye(4)
    transform[:3, :3] = around_y @ around_x
    transform[:3, 3] = (0.3, 1.2, 4.0)
    return Camera(focal=520.0, centre=centre, width=size[0], height=size[1], camera_to_world=transform)

"""Harmonics and the transfer of light, against formulas."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.render import MeshCaster
from core.training.scans.harmonics import basis, even_directions, rotation
from core.training.scans.light import random_light
from core.training.scans.scan import Scan
from core.training.scans.transfer import DIRECTIONS, radiance_transfer
from tests.core.training.scans.synthetic_scans import sphere

# What a surface receives of each order of the light (Ramamoorthi and Hanrahan 2001).
COSINE = np.repeat([np.pi, 2 * np.pi / 3, np.pi / 4], [1, 3, 5])


def test_harmonics_are_orthonormal() -> None:
    values = basis(even_directions(DIRECTIONS))
    assert values.T @ values * (4 * np.pi / DIRECTIONS) == pytest.approx(np.eye(9), abs=5e-3)


def test_turned_light_is_the_turned_function() -> None:
    coefficients = np.random.default_rng(0).normal(size=(9, 3))
    matrix = Rotation.from_euler("yxz", [50, -20, 130], degrees=True).as_matrix()
    directions = even_directions(50)
    turned = rotation(matrix) @ coefficients
    assert basis(directions @ matrix.T) @ turned == pytest.approx(basis(directions) @ coefficients, abs=1e-9)


def test_a_ball_gets_what_the_formula_says() -> None:
    ball = sphere()
    transfer = radiance_transfer(ball, MeshCaster(ball.vertices, ball.faces))
    assert transfer == pytest.approx(COSINE * basis(ball.vertices / 0.4), abs=0.04)


def test_a_ceiling_keeps_the_light_from_above_out() -> None:
    floor = np.array([(-0.1, 0, -0.1), (-0.1, 0, 0.1), (0.1, 0, 0.1), (0.1, 0, -0.1)])
    ceiling = np.array([(-1, 1, -1), (1, 1, -1), (1, 1, 1), (-1, 1, 1)])
    square = np.array([(0, 1, 2), (0, 2, 3)])
    faces = np.concatenate([square, square + 4]).astype(np.int32)

    def received(height: float) -> np.ndarray:
        vertices = np.concatenate([floor, ceiling * [1, height, 1]]).astype(np.float32)
        scan = Scan(vertices, faces, np.zeros((8, 3), np.uint8))
        return radiance_transfer(scan, MeshCaster(scan.vertices, scan.faces))[:4]

    covered, free = received(0.1), received(-0.1)
    assert free[:, 0] == pytest.approx(COSINE[0] * 0.2821, rel=0.02)
    assert (covered[:, 0] < 0.1 * free[:, 0]).all()


def test_lights_leave_colours_about_as_they_are() -> None:
    normals = even_directions(400)
    means = []
    for seed in range(30):
        received = (basis(normals) * COSINE) @ random_light(np.random.default_rng(seed))
        means.append(received.mean())
        assert received[normals[:, 1] > 0.9].mean() > received[normals[:, 1] < -0.9].mean() - 0.3
    assert min(means) > 0.7 and max(means) < 1.2 and np.std(means) > 0.03

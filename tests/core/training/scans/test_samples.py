"""Samples of a scan, their neighbours on the body, and labels of a view."""

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from core.body.smpl import SmplBody
from core.pamir.parameters import BodyParameters, rotation_matrices
from core.training.scans.association import nearest_vertices
from core.training.scans.samples import CURVED_SPREAD, SPREAD, UNIFORM_ALL, gaussian_curvature, occupancy_samples
from core.training.scans.scan import Scan
from core.training.scans.turn import about_y, turn_points, turn_smpl
from tests.core.pamir.synthetic_body import write_body
from tests.core.training.scans.synthetic_scans import sphere


def test_labels_of_a_ball_with_a_hole() -> None:
    ball = sphere(4)
    holed = Scan(ball.vertices, ball.faces[ball.vertices[ball.faces].mean(axis=1)[:, 1] < 0.38], ball.colours)
    for scan in (holed, Scan(holed.vertices, holed.faces[:, ::-1], holed.colours)):
        samples = occupancy_samples(scan, np.random.default_rng(0), 20_000)
        for name, points in samples.items():
            radius = np.linalg.norm(points, axis=1)
            sure = (np.abs(radius - 0.4) > 0.004) & (points[:, 1] < 0.3)
            assert np.array_equal(radius[sure] < 0.4, np.full(sure.sum(), name.endswith("inside")))
        near = np.concatenate([samples["surface_inside"], samples["surface_outside"]])
        assert len(near) == 20_000
        # A ball is equally curved everywhere.
        assert np.std(np.linalg.norm(near, axis=1) - 0.4) == pytest.approx(CURVED_SPREAD, rel=0.1)
        # A ball fills half of its box: both sides are full.
        assert len(samples["uniform_inside"]) == len(samples["uniform_outside"]) == 12_500


def test_points_spread_further_where_a_surface_is_flat() -> None:
    box = trimesh.creation.box((0.5, 0.5, 0.5)).subdivide().subdivide().subdivide()
    scan = Scan(np.asarray(box.vertices, np.float32), np.asarray(box.faces, np.int32), None)
    samples = occupancy_samples(scan, np.random.default_rng(0), 20_000)
    near = np.concatenate([samples["surface_inside"], samples["surface_outside"]])
    over_the_middle = (np.abs(near[:, :2]) < 0.15).all(axis=1) & (near[:, 2] > 0)
    assert np.std(near[over_the_middle, 2]) == pytest.approx(SPREAD, rel=0.1)
    assert np.mean(near[over_the_middle, 2]) == pytest.approx(0.25, abs=0.003)


def test_points_outside_make_up_for_a_thin_person() -> None:
    ball = sphere(3)
    stick = Scan((ball.vertices * [0.1, 1, 1] @ turn(45).T).astype(np.float32), ball.faces, ball.colours)
    samples = occupancy_samples(stick, np.random.default_rng(0), 1000)
    inside, outside = len(samples["uniform_inside"]), len(samples["uniform_outside"])
    assert 1000 < inside < 12_500 and inside + outside == UNIFORM_ALL


def turn(degrees: float) -> np.ndarray:
    return about_y(np.radians(degrees))


def test_curvature_of_a_ball_is_the_area_over_the_squared_radius() -> None:
    ball = sphere(4, radius=0.02)
    measured = gaussian_curvature(ball)
    # Of the whole sphere, 4 pi, the cap within 0.004 of a point is (0.004 / 0.02)^2 / 4.
    assert np.median(measured) == pytest.approx(4 * np.pi * 0.04 / 4, rel=0.3)


def test_neighbours_are_the_nearest() -> None:
    rng = np.random.default_rng(0)
    points, body = rng.uniform(-0.5, 0.5, (50, 3)), rng.uniform(-0.5, 0.5, (300, 3))
    index, distance = nearest_vertices(points, body)
    every = np.linalg.norm(points[:, None] - body, axis=2)
    assert np.array_equal(index, np.argsort(every, axis=1)[:, :4])
    assert distance == pytest.approx(np.sort(every, axis=1)[:, :4], abs=1e-6)


@pytest.mark.parametrize("signs", [(1, 1, 1), (1, -1, -1)])
def test_turned_parameters_are_the_turned_body(tmp_path: Path, signs: tuple[int, int, int]) -> None:
    body = SmplBody.surface(write_body(tmp_path))
    rng = np.random.default_rng(0)
    start = BodyParameters(
        rotation_matrices(rng.normal(0, 0.4, 72).astype(np.float32)),
        rng.normal(size=10).astype(np.float32),
        np.array(signs, np.float32) * 0.4,
        np.array([0.02, -0.1, 0.3], np.float32),
    )

    def canonical(parameters: BodyParameters) -> tuple[np.ndarray, np.ndarray]:
        rotations, betas = torch.from_numpy(parameters.rotations)[None], torch.from_numpy(parameters.betas)[None]
        vertices, joints = body.pose(rotations, betas)
        return parameters.scale * vertices[0].numpy() + parameters.translation, joints[0, 0].numpy()

    vertices, root = canonical(start)
    turned, _ = canonical(turn_smpl(start, 0.9, root))
    assert turned == pytest.approx(turn_points(vertices, 0.9), abs=1e-5)
    assert np.abs(turned - vertices).max() > 0.1

"""A mesh gets smaller triangles in a part of it, and neither holes nor another form."""

import numpy as np
import pytest
import trimesh

from core.surface.refine import refine


@pytest.mark.parametrize("seed", range(3))
def test_it_stays_closed_and_keeps_its_form(seed: int) -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    fine = np.random.default_rng(seed).random(len(ball.vertices)) < 0.5
    vertices, faces = refine(ball.vertices.astype(np.float32), np.asarray(ball.faces, np.int32), fine)
    refined = trimesh.Trimesh(vertices, faces, process=False)
    assert refined.is_watertight
    assert refined.is_winding_consistent
    assert refined.volume == pytest.approx(ball.volume, rel=1e-5)
    np.testing.assert_array_equal(vertices[: len(ball.vertices)], ball.vertices.astype(np.float32))
    halved = int(fine[ball.edges_unique].all(axis=1).sum())
    assert len(vertices) == len(ball.vertices) + halved
    assert len(faces) == len(ball.faces) + 2 * halved


def test_nothing_and_everything() -> None:
    ball = trimesh.creation.icosphere(subdivisions=2)
    vertices, faces = ball.vertices.astype(np.float32), np.asarray(ball.faces, np.int32)
    same = refine(vertices, faces, np.zeros(len(vertices), bool))
    np.testing.assert_array_equal(same[0], vertices)
    np.testing.assert_array_equal(same[1], faces)
    assert len(refine(vertices, faces, np.ones(len(vertices), bool))[1]) == 4 * len(faces)

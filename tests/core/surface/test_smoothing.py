"""Ripples go, shapes stay."""

import numpy as np
import trimesh

from core.surface.smoothing import smooth


def rippled() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A ball of radius 1 with edges of about 0.04, its vertices, faces, and the same with ripples of three edges."""
    ball = trimesh.creation.icosphere(subdivisions=5)
    vertices = np.asarray(ball.vertices, np.float32)
    ripples = 1 + 0.005 * np.sin(2 * np.pi * vertices[:, 1] / 0.12)
    return vertices, np.asarray(ball.faces, np.int32), (vertices * ripples[:, None]).astype(np.float32)


def test_ripples_go_and_the_ball_neither_shrinks_nor_grows() -> None:
    vertices, faces, wavy = rippled()
    middle = np.abs(vertices[:, 1]) < 0.7
    radius = np.linalg.norm(smooth(wavy, faces, np.ones(len(wavy), np.float32), 14), axis=1)[middle]
    before = np.linalg.norm(wavy, axis=1)[middle]
    assert radius.std() < 0.3 * before.std()
    assert abs(radius.mean() - before.mean()) < 0.001


def test_what_has_no_share_stays() -> None:
    _, faces, wavy = rippled()
    share = (wavy[:, 0] > 0).astype(np.float32)
    moved = smooth(wavy, faces, share, 14)
    assert np.array_equal(moved[share == 0], wavy[share == 0])
    assert np.abs(moved - wavy)[share == 1].max() > 1e-3

"""Distances between spheres are known exactly."""

import numpy as np
import pytest

from core.evaluation.alignment import RigidTransform, align
from core.evaluation.shape import Surface, face_normals, shape_error

trimesh = pytest.importorskip("trimesh")

SAMPLES = 4000


def sphere(radius: float = 1.0, centre: tuple[float, float, float] = (0, 0, 0)) -> tuple[np.ndarray, np.ndarray]:
    mesh = trimesh.creation.icosphere(subdivisions=5, radius=radius)
    return (np.asarray(mesh.vertices) + centre).astype(np.float32), np.asarray(mesh.faces)


def surface(vertices: np.ndarray, faces: np.ndarray) -> Surface:
    return Surface.of(vertices, faces, SAMPLES)


def test_spheres_are_as_far_apart_as_their_radii() -> None:
    error = shape_error(surface(*sphere()), surface(*sphere(1.02)))
    assert error.complete == pytest.approx(0.02, abs=5e-4)
    assert error.accurate == pytest.approx(0.02, abs=5e-4)
    assert error.chamfer == pytest.approx((error.complete + error.accurate) / 2)
    assert error.f_score == 0.0
    assert error.normal_consistency == pytest.approx(1.0, abs=1e-3)
    assert shape_error(surface(*sphere()), surface(*sphere(1.005))).f_score == 1.0


def test_what_is_missing_is_not_held_against_what_is_there() -> None:
    vertices, faces = sphere()
    upper = faces[(vertices[faces, 1] > 0).all(axis=1)]
    error = shape_error(surface(vertices, faces), surface(vertices, upper))
    assert error.accurate == pytest.approx(0.0, abs=1e-5)
    assert error.complete > 0.2


def test_layers_below_the_outer_one_do_not_count() -> None:
    outer, inner = sphere(), sphere(0.9)
    vertices = np.concatenate([outer[0], inner[0]])
    faces = np.concatenate([outer[1], inner[1] + len(outer[0])])
    layered = surface(vertices, faces)
    assert len(layered.points) == SAMPLES
    assert np.linalg.norm(layered.points, axis=1).min() > 0.99
    assert shape_error(surface(*outer), layered).chamfer == pytest.approx(0.0, abs=1e-5)


def test_samples_are_even_outward_and_always_the_same() -> None:
    first, second = surface(*sphere()), surface(*sphere())
    assert np.array_equal(first.points, second.points)
    # Archimedes: a sphere's area is even along any axis.
    assert np.histogram(first.points[:, 1], 4, (-1, 1))[0] / SAMPLES == pytest.approx(np.full(4, 0.25), abs=0.03)
    assert ((first.points * first.normals).sum(axis=1) > 0.99).all()


def test_a_part_is_judged_by_its_own_samples() -> None:
    vertices, faces = sphere()
    raised = vertices + [0, 0.05, 0] * (vertices[:, 1:2] > 0)
    upper = (vertices[faces, 1] > 0.5).all(axis=1)
    error = shape_error(surface(vertices, faces), surface(raised, faces), {"upper": upper, "lower": ~upper})
    assert error.parts["upper"] > 3 * error.parts["lower"]
    assert error.values()["upper_cm"] == pytest.approx(error.parts["upper"] * 100)


def test_meshes_far_apart_are_told_as_exactly() -> None:
    error = shape_error(surface(*sphere()), surface(*sphere(centre=(0, 0, 40))))
    # The mean of the distance from points of a unit sphere to the centre of another, less its radius.
    points = sphere()[0]
    assert error.complete == pytest.approx(np.linalg.norm(points - [0, 0, 40], axis=1).mean() - 1, abs=0.05)


def lopsided() -> tuple[np.ndarray, np.ndarray]:
    """A body with three different axes and a nose, 1.8 m high."""
    vertices, faces = sphere()
    grown = vertices * [0.3, 0.9, 0.18]
    grown[:, 2] += 0.15 * np.exp(-20 * ((vertices - [0, 0.6, 0.8]) ** 2).sum(axis=1))
    return grown.astype(np.float32), faces


def test_alignment_takes_rotation_and_translation_away() -> None:
    vertices, faces = lopsided()
    turn = trimesh.transformations.rotation_matrix(np.radians(12), [0.3, 1.0, 0.2])[:3, :3]
    moved = (vertices @ turn.T + [0.1, -0.05, 0.6]).astype(np.float32)
    truth, prediction = Surface.of(vertices, faces, 40_000), Surface.of(moved, faces, 40_000)
    start = RigidTransform.shift(truth.points.mean(axis=0) - prediction.points.mean(axis=0))
    found = align(prediction, truth, start)
    assert found.rotation @ found.rotation.T == pytest.approx(np.eye(3), abs=1e-6)
    assert np.linalg.norm(found.apply(moved) - vertices, axis=1).max() < 0.01


def test_alignment_leaves_the_size_wrong() -> None:
    vertices, faces = lopsided()
    large = Surface.of(vertices * np.float32(1.1), faces, 40_000)
    found = align(large, Surface.of(vertices, faces, 40_000), RigidTransform.shift(np.zeros(3)))
    assert np.ptp(found.apply(large.vertices)[:, 1]) == pytest.approx(1.1 * np.ptp(vertices[:, 1]), rel=0.01)


def test_triangles_without_area_have_no_normal() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    assert face_normals(vertices, np.array([[0, 1, 2], [0, 1, 1]])) == pytest.approx(np.array([[0, 0, 1], [0, 0, 0]]))

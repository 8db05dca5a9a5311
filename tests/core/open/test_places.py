"""Places lie on the surface, close together, each once."""

import numpy as np
import trimesh
from scipy.spatial import KDTree

from core.body.model import BodyModel
from core.open.body_maps import BodyShape
from core.open.places import SPACING, body_places, places, solid_triangles


def test_two_triangles_share_the_places_of_their_edge() -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    found = places(corners, faces, 0.36) @ corners
    # Diagonals of 1.41 in four steps: a grid of five by five.
    assert len(found) == 25
    assert np.array_equal(np.unique(np.round(found[:, :2] * 4), axis=0).shape, (25, 2))
    assert np.array_equal(found[:4], corners)


def test_no_point_of_the_body_is_far_from_a_place() -> None:
    model = BodyModel.load()
    mesh = trimesh.Trimesh(model.mean_vertices, solid_triangles(), process=False)
    points, _ = trimesh.sample.sample_surface(mesh, 20_000, seed=0)
    matrix = body_places()
    distance, _ = KDTree(matrix @ model.mean_vertices).query(points)
    assert distance.max() < SPACING
    assert np.allclose(np.asarray(matrix.sum(axis=1)), 1.0, atol=1e-6)
    vertices_alone, _ = KDTree(model.mean_vertices).query(points)
    assert vertices_alone.max() > 2 * SPACING


def test_the_body_is_closed_and_the_mouth_is_no_hole() -> None:
    """Its cavity would become one in the mesh: between lips that touch, cells of the mesh find a way in."""
    model = BodyModel.load()
    edges = solid_triangles()[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    assert set(map(tuple, edges.tolist())) == set(map(tuple, edges[:, ::-1].tolist()))
    cavity = model.mean_vertices[model.of_parts("head") & ~model.exterior]
    mouth = cavity[np.abs(cavity[:, 0]) < 0.01]
    assert BodyShape.posed(model.mean_vertices).caster.inside(mouth).mean() > 0.98
    before_the_lips = model.landmark_mean[[9, 10]].mean(axis=0) + [0, 0, 0.05]
    assert not BodyShape.posed(model.mean_vertices).caster.inside(before_the_lips[None].astype(np.float32))[0]

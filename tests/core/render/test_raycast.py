"""The ray caster against spheres, whose silhouette, depth and visible part are known exactly."""

import numpy as np
import pytest

from core.render import MeshCaster, orbit_view, shade, silhouette, vertex_areas, vertex_normals
from core.spaces import Camera, Crop

trimesh = pytest.importorskip("trimesh")

RADIUS = 0.5
DISTANCE = 4.0


def camera(width: int = 640, height: int = 360) -> Camera:
    pose = np.eye(4)
    pose[:3, 3] = (0.0, 1.0, DISTANCE)
    return Camera(600.0, (width / 2, height / 2), width, height, pose)


@pytest.fixture(scope="module")
def sphere():
    mesh = trimesh.creation.icosphere(subdivisions=5, radius=RADIUS)
    return np.asarray(mesh.vertices) + (0.2, 1.0, 0.0), np.asarray(mesh.faces)


def test_depth_and_position_of_the_hit_agree_with_the_sphere(sphere):
    vertices, faces = sphere
    hits = MeshCaster(vertices, faces).render(camera(), 640, 360)
    seen = silhouette(hits)
    points = hits.interpolate(vertices)
    assert np.abs(np.linalg.norm(points - (0.2, 1.0, 0.0), axis=1) - RADIUS).max() < 1e-3
    # The interpolated point lies on its pixel's own ray, and its depth is measured along the axis.
    rows, columns = np.nonzero(seen)
    pixels = camera().project(points)
    assert np.abs(pixels - np.stack([columns + 0.5, rows + 0.5], axis=1)).max() < 1e-2
    assert np.abs(hits.depth[seen] - (DISTANCE - points[:, 2])).max() < 1e-4
    assert np.isinf(hits.depth[~seen]).all() and (hits.barycentric[~seen] == 0).all()


def test_crop_shows_the_same_surface_as_the_whole_picture(sphere):
    vertices, faces = sphere
    crop = Crop((360.0, 170.0), 220.0)
    hits = MeshCaster(vertices, faces).render(camera(), 512, 512, crop)
    rows, columns = np.nonzero(silhouette(hits))
    pixels = crop.from_image(camera().project(hits.interpolate(vertices)))
    assert len(rows) > 50_000
    assert np.abs(pixels - np.stack([columns + 0.5, rows + 0.5], axis=1)).max() < 2e-2


def test_mesh_outside_the_picture_is_not_hit_and_a_camera_inside_sees_it_everywhere(sphere):
    vertices, faces = sphere
    assert not silhouette(MeshCaster(vertices + (50.0, 0.0, 0.0), faces).render(camera(), 64, 36)).any()
    around = MeshCaster(vertices + (0.0, 0.0, DISTANCE), faces)
    assert silhouette(around.render(camera(), 64, 36)).all()


def test_orthographic_views_have_true_size_and_turn_the_right_way(sphere):
    vertices, faces = sphere
    hits = MeshCaster(vertices, faces).cast(orbit_view(90.0, np.array([0.2, 1.0, 0.0]), 1.0, 200, 200))
    assert silhouette(hits).sum() * hits.view.pixel_size**2 == pytest.approx(np.pi * RADIUS**2, rel=0.01)
    # From +X the viewer's right is -Z: a point nearer to the first camera appears to the left.
    left = orbit_view(90.0, np.zeros(3), 1.0, 200, 200).pixels(np.array([[0.0, 0.0, 0.5]]))
    assert left[0] == pytest.approx([50.0, 100.0])
    assert silhouette(MeshCaster(vertices, faces).cast(orbit_view(180.0, np.zeros(3), 2.0, 100, 100))).any()


def test_visible_is_the_part_of_the_sphere_that_faces_the_camera(sphere):
    vertices, faces = sphere
    caster = MeshCaster(vertices, faces)
    visible = caster.visible(vertices, camera())
    outward = (vertices - (0.2, 1.0, 0.0)) / RADIUS
    to_camera = camera().camera_to_world[:3, 3] - vertices
    facing = (outward * to_camera).sum(axis=1) / np.linalg.norm(to_camera, axis=1)
    # Facets and the offset blur the horizon itself.
    assert visible[facing > 0.1].all() and not visible[facing < -0.1].any()
    # A second sphere in front hides the first.
    nearer = vertices + (-0.1, 0.0, 1.5)
    both = MeshCaster(np.concatenate([vertices, nearer]), np.concatenate([faces, faces + len(vertices)]))
    assert not both.visible(np.array([[0.2, 1.0, RADIUS]]), camera()).any()
    assert caster.visible(np.zeros((0, 3)), camera()).shape == (0,)


def test_normals_of_a_sphere_point_outwards(sphere):
    vertices, faces = sphere
    outward = (vertices - (0.2, 1.0, 0.0)) / RADIUS
    assert (vertex_normals(vertices, faces) * outward).sum(axis=1).min() > 0.999
    lonely = np.concatenate([vertices, [[9.0, 9.0, 9.0]]])
    assert (vertex_normals(lonely, faces)[-1] == 0).all()


def test_areas_of_a_spheres_vertices_are_its_own(sphere):
    vertices, faces = sphere
    areas = vertex_areas(vertices, faces)
    assert areas.sum() == pytest.approx(4 * np.pi * RADIUS**2, rel=1e-3)
    assert areas.max() < 3 * areas.min()
    lonely = np.concatenate([vertices, [[9.0, 9.0, 9.0]]])
    assert vertex_areas(lonely, faces)[-1] == 0


def test_shading_keeps_colours_flat_without_normals_and_darkens_away_from_the_light(sphere):
    vertices, faces = sphere
    hits = MeshCaster(vertices, faces).render(camera(), 640, 360)
    colours = np.tile(np.array([10, 200, 90], np.uint8), (len(vertices), 1))
    flat = shade(hits, colours=colours)
    assert (flat[silhouette(hits)] == (10, 200, 90)).all() and (flat[~silhouette(hits)] == 255).all()
    shaded = shade(hits, vertex_normals(vertices, faces))
    rows, columns = np.nonzero(silhouette(hits))
    middle = (rows.min() + rows.max()) // 2
    lit, dim = shaded[middle, columns.max() - 15, 0], shaded[middle, columns.min() + 15, 0]
    assert int(lit) > int(dim) + 20

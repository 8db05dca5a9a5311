"""Picture, points, body and colours of a view belong together, from wherever the camera looks."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.pamir.camera import DISTANCE
from core.pamir.projection import SCALE
from core.render import MeshCaster
from core.training.pamir.geometry_view import GeometryView, read_image
from core.training.pamir.held_back import TrueMesh, coloured, row, shaded, slices
from core.training.pamir.scan import Scan
from core.training.pamir.sizes import Sizes
from core.training.pamir.texture_view import TextureView
from core.training.pamir.turned_body import enclosed, turn_to
from tests.core.training.pamir.synthetic_scan import BLUE, RED, open_body

SIZES = Sizes(near=400, uniform=50, texels=600, image=128, voxels=64)


def shown_at(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, 3) RGB of the pixels of (3, S, S) in which points (N, 3) are seen."""
    flat = points[:, :2] * [SCALE * DISTANCE, -SCALE * DISTANCE] / (DISTANCE - points[:, 2:])
    pixels = ((flat + 1) / 2 * image.shape[1]).astype(int).clip(0, image.shape[1] - 1)
    return image[:, pixels[:, 1], pixels[:, 0]].T


def test_the_camera_at_an_angle_is_brought_in_front() -> None:
    for angle in (0.0, 0.7, np.pi / 2, 4.0):
        assert turn_to(angle) @ [np.sin(angle), 0.3, np.cos(angle)] == pytest.approx([0.0, 0.3, 1.0], abs=1e-6)


@pytest.mark.parametrize("view", [0, 1, 2])
def test_labels_picture_and_body_of_a_view_agree(scan: Scan, view: int) -> None:
    rng = np.random.default_rng(view)
    made = GeometryView.read(scan, view, rng, SIZES, augment=False)
    assert made.points.shape == (2 * (400 + 50), 3)
    assert made.inside.sum() == 450
    assert made.image.shape == (3, 128, 128)
    inside = made.inside[:, 0] > 0.5
    # What is inside hides the white background, but where a pixel at the edge is covered in part.
    white = shown_at(made.image, made.points[inside]).min(axis=1) > 0.95
    assert white.mean() < 0.06
    faces = BodyModel.load().triangles
    clothed = TrueMesh.of(scan, view)
    assert (clothed.inside(made.points) == inside).mean() > 0.97
    # The body lies under the clothes: what is in it is inside, and it is nearly as large.
    bare = MeshCaster(made.body.vertices, faces).inside(made.points)
    assert inside[bare].mean() > 0.97
    assert 0.3 < bare[inside].mean() < 1.0
    # The nearest vertices of the turned body are as far away as the files say.
    away = np.linalg.norm(made.body.vertices[made.index] - made.points[:, None], axis=2)
    assert away == pytest.approx(made.distance, abs=1e-4)


def test_points_are_the_published_number_by_default() -> None:
    assert 2 * (Sizes().near + Sizes().uniform) == 5312


def test_colours_are_stretched_before_the_person_is_put_on_white(scan: Scan) -> None:
    plain, changed = read_image(scan, 0, 128), read_image(scan, 0, 128, 0.9, -0.1)
    person = scan.picture(0)[1] > 0
    assert 0.05 < person.mean() < 0.5
    assert (changed[:, ~person] == 1.0).all()
    assert changed[:, person] == pytest.approx(np.clip(plain[:, person] * 0.9 - 0.1, 0, 1), abs=1e-5)
    first, second = (GeometryView.read(scan, 0, np.random.default_rng(seed), SIZES).image for seed in (0, 1))
    assert np.abs(first - second).max() > 0.01


def test_voxels_fill_the_open_body() -> None:
    body = open_body()
    inside = enclosed(body, 64)
    corners = body[BodyModel.load().triangles].astype(np.float64)
    volume = np.einsum("ti,ti->t", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    # Its cavities are surfaces too, and overlap little.
    assert inside.sum() / 64**3 == pytest.approx(volume, rel=0.08)
    z, y, x = np.nonzero(inside)
    centres = (np.stack([x, y, z], axis=1) + 0.5) / 64 - 0.5
    assert (centres.min(axis=0) > body.min(axis=0) - 1 / 128).all()
    assert (centres.max(axis=0) < body.max(axis=0) + 1 / 128).all()
    assert np.ptp(centres, axis=0) == pytest.approx(np.ptp(body, axis=0), abs=3 / 64)


@pytest.mark.parametrize("view", [0, 2])
def test_texels_keep_their_colours_and_leave_the_surface_a_little(scan: Scan, view: int) -> None:
    made = TextureView.read(scan, view, np.random.default_rng(3), SIZES)
    assert made.points.shape == made.colours.shape == (600, 3)
    near_red = np.abs(made.colours - np.array(RED) / 255).max(axis=1) < 0.15
    near_blue = np.abs(made.colours - np.array(BLUE) / 255).max(axis=1) < 0.15
    high, low = made.points[:, 1] > 0.05, made.points[:, 1] < -0.05
    assert near_red[high].mean() > 0.97
    assert near_blue[low].mean() > 0.97
    surface = scan.surface()
    texels = surface["position"][surface["mask"]] @ turn_to(scan.angles[view]).T
    away = np.array([np.linalg.norm(texels - point, axis=1).min() for point in made.points[:200]])
    # No farther than along the normal, and not where it was.
    assert 0.002 < np.median(away) < 0.012
    assert 0.005 < np.quantile(away, 0.9) < 0.03


def test_pictures_of_the_truth(scan: Scan) -> None:
    mesh = TrueMesh.of(scan, 0)
    image = read_image(scan, 0, 64)
    grey = shaded(mesh.vertices, mesh.faces)
    painted = coloured(mesh, lambda points: np.where(points[:, 1:2] > 0, 0.25, 0.75).repeat(3, axis=1))
    cut = slices(lambda points: mesh.inside(points).astype(np.float32))
    assert row(image, [*grey, *painted, *cut]).shape == (256, 7 * 256, 3)
    # From the front the outline is that of the photograph.
    outline = (grey[0].min(axis=2) < 250).reshape(64, 4, 64, 4).mean(axis=(1, 3)) > 0.5
    photographed = image.min(axis=0) < 0.9
    assert (outline & photographed).sum() / (outline | photographed).sum() > 0.6
    assert set(np.unique(painted[0][:128])) == {64, 255}
    assert set(np.unique(painted[0][128:])) == {191, 255}
    assert 0.005 < (cut[0] > 127).mean() < 0.3

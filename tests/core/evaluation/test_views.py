"""Figures of pictures whose differences are known."""

import numpy as np
import pytest

from core.evaluation.views import SIZE, Frame, colour_errors, normal_error, normal_map, overlap, view_errors
from core.render import MeshCaster, silhouette, vertex_normals

trimesh = pytest.importorskip("trimesh")


def box(turn: float = 0.0, size: tuple[float, float, float] = (0.4, 1.6, 0.2)) -> tuple[np.ndarray, np.ndarray]:
    """A box with faces of its own corners, turned around +Y by degrees."""
    mesh = trimesh.creation.box(size)
    mesh.unmerge_vertices()
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.radians(turn), [0, 1, 0]))
    return np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces)


def cast(mesh: tuple[np.ndarray, np.ndarray], frame: Frame):
    return frame.cast(MeshCaster(*mesh)), vertex_normals(*mesh)


def test_views_go_around_the_person() -> None:
    frame = Frame.around(box()[0])
    assert frame.radius == pytest.approx(np.linalg.norm([0.2, 0.8, 0.1]))
    hits, _ = cast(box(), frame)
    widths = [int(silhouette(one).any(axis=0).sum()) for one in hits]
    pixels = SIZE / (2 * frame.radius)
    assert widths == pytest.approx([0.4 * pixels, 0.2 * pixels] * 2, abs=2)


def test_a_mesh_agrees_with_itself_even_inside_out() -> None:
    vertices, faces = box()
    frame = Frame.around(vertices)
    hits, normals = cast((vertices, faces), frame)
    assert view_errors(hits, normals, hits, normals) == {"normal_l2": 0.0, "silhouette_iou": 1.0}
    turned_out, flipped = cast((vertices, faces[:, ::-1]), frame)
    assert view_errors(hits, normals, turned_out, flipped)["normal_l2"] == pytest.approx(0.0, abs=1e-6)


def test_normals_are_compared_in_the_views_axes() -> None:
    frame = Frame.around(box()[0])
    hits, normals = cast(box(), frame)
    front = silhouette(hits[0])
    # A flat front looks straight at the viewer.
    assert normal_map(hits[0], normals)[front] == pytest.approx(np.tile([0.5, 0.5, 1.0], (front.sum(), 1)))
    assert normal_map(hits[0], normals)[~front] == pytest.approx(0.5)
    other = np.full_like(normal_map(hits[0], normals), 0.5)
    assert normal_error(normal_map(hits[0], normals), other) == pytest.approx(0.25 * front.mean())


def test_overlap_of_two_halves() -> None:
    left, both = np.zeros((4, 4), bool), np.ones((4, 4), bool)
    left[:, :2] = True
    assert overlap(left, both) == 0.5
    assert overlap(left, ~left) == 0.0
    assert overlap(~both, ~both) == 1.0


def test_colours_that_differ_by_ten_steps() -> None:
    pattern = np.random.default_rng(0).integers(40, 200, (SIZE, SIZE, 3)).astype(np.uint8)
    truth, wrong = (pattern,) * 4, (pattern, pattern, pattern + 10, pattern)
    # Half of the picture differs, and all of what counts.
    wrong[2][: SIZE // 2] = pattern[: SIZE // 2]
    shown = np.zeros((SIZE, SIZE), bool)
    shown[SIZE // 2 :] = True
    errors = colour_errors(truth, wrong, (shown,) * 4)
    ten = 20 * np.log10(255 / 10)
    assert errors["psnr_masked_back"] == pytest.approx(ten)
    assert errors["psnr_back"] == pytest.approx(ten + 10 * np.log10(2))
    assert errors["ssim_front"] == pytest.approx(1.0)
    assert errors["ssim_masked_back"] < errors["ssim_back"] < 1.0
    assert errors["psnr_mean"] > errors["psnr_back"]

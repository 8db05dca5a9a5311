"""Pictures of scans: where a point shows, and how light and colour get there."""

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from core.render import MeshCaster
from core.training.scans.albedo import Albedo
from core.training.scans.light import random_light
from core.training.scans.scan import Scan
from core.training.scans.transfer import radiance_transfer
from core.training.scans.turn import turn_points
from core.training.scans.unwrapped import GUTTER, Unwrapped
from core.training.scans.views import EXTRA_YAW, Views, camera_at, render_view
from tests.core.training.scans.synthetic_scans import sphere, stripes

ANGLE = 0.7


def test_a_turned_label_shows_where_its_point_does() -> None:
    """pamir.md 5: the camera at the angle sees a point where the front camera sees the turned label."""
    points = np.random.default_rng(0).uniform(-0.45, 0.45, (200, 3)).astype(np.float32)
    x, y, z = turn_points(points, ANGLE).T
    expected = np.stack([5000 / 256 * x / (10 - z), -5000 / 256 * y / (10 - z)], axis=1)
    assert camera_at(ANGLE).project(points) / 256 - 1 == pytest.approx(expected, abs=1e-5)


def test_angles_go_around_with_an_extra_yaw_each() -> None:
    angles = Views.random(90, np.random.default_rng(0)).angles
    extra = angles - 2 * np.pi * np.arange(90) / 90
    assert np.abs(extra).max() <= EXTRA_YAW and np.std(extra) > 0.3 * EXTRA_YAW


def test_light_stays_with_the_camera() -> None:
    """From all sides a ball looks the same, whatever was rendered before."""
    ball = sphere(4)
    caster = MeshCaster(ball.vertices, ball.faces)
    transfer = radiance_transfer(sphere(4), caster)
    light = random_light(np.random.default_rng(3))
    views = Views(np.array([0.0, 1.9, 4.0], np.float32), np.stack([light] * 3))
    pictures = [
        render_view(caster, Albedo(ball), transfer, camera_at(float(angle)), views.light(number))[0].astype(int)
        for number, angle in enumerate(views.angles)
    ]
    assert np.std(pictures[0][pictures[0].any(axis=2)]) > 5
    for other in pictures[1:]:
        assert np.abs(other - pictures[0]).mean() < 1.0


def test_brightness_follows_the_formula() -> None:
    ball = sphere(3, colour=(100, 50, 200))
    caster = MeshCaster(ball.vertices, ball.faces)
    transfer = np.zeros((len(ball.vertices), 9), np.float32)
    transfer[:, 0] = 0.5
    light = np.zeros((9, 3), np.float32)
    light[0] = [1.0, 2.0, 4.0]
    picture, mask = render_view(caster, Albedo(ball), transfer, camera_at(0.0), light)
    expected = np.clip(np.array([100, 50, 200]) * np.array([0.5, 1.0, 2.0]) ** (1 / 2.2), 0, 255)
    assert picture[256, 256] == pytest.approx(expected, abs=1)
    assert set(np.unique(mask)) == {0, 255} and not picture[mask == 0].any()
    assert np.sqrt((mask > 0).sum() / np.pi) == pytest.approx(0.4 * 500, rel=0.01)


def textured_ball() -> Scan:
    """A ball in the layout of a globe's map."""
    rows, columns = np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 80), indexing="ij")
    polar, around = rows * np.pi, columns * 2 * np.pi
    points = 0.4 * np.stack([np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], axis=2)
    number = np.arange(40 * 80).reshape(40, 80)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], 2).reshape(-1, 3), np.stack([a, c, d], 2).reshape(-1, 3)])
    # The map fills a part of the picture only.
    uv = np.stack([0.1 + 0.8 * columns, 0.2 + 0.6 * rows], axis=2).reshape(-1, 2).astype(np.float32)
    return Scan(points.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), uv=uv, texture=stripes())


def test_a_texel_has_the_colour_that_the_view_shows_of_it(tmp_path: Path) -> None:
    scan = textured_ball()
    caster = MeshCaster(scan.vertices, scan.faces)
    transfer = radiance_transfer(scan, caster)
    light = random_light(np.random.default_rng(1))
    unwrapped = Unwrapped.of(scan, np.random.default_rng(0))
    unwrapped.save(tmp_path / "uv.npz", scan)
    flat = unwrapped.colours(transfer, light).astype(float)
    with np.load(tmp_path / "uv.npz") as values:
        position, normal, mask = values["position"], values["normal"], values["mask"]
    assert mask.mean() == pytest.approx(0.48, abs=0.01)
    camera = camera_at(ANGLE)
    towards = camera.camera_to_world[:3, 2]
    front = mask & (normal @ towards > 0.6)
    picture = render_view(caster, Albedo(scan), transfer, camera, light)[0].astype(float)
    pixels = camera.project(position[front]) - 0.5
    shown = np.stack(
        [map_coordinates(picture[..., c], [pixels[:, 1], pixels[:, 0]], order=1) for c in range(3)], axis=1
    )
    assert np.median(np.abs(shown - flat[front])) < 3.0
    assert np.corrcoef(shown.ravel(), flat[front].ravel())[0, 1] > 0.98
    assert np.linalg.norm(position[mask], axis=1) == pytest.approx(0.4, abs=2e-3)
    # Between the islands there is black, but not next to them.
    assert not flat[: 102 - GUTTER - 2].any() and flat[100, 256].any()


def test_a_scan_without_a_layout_is_laid_out_along_a_curve(tmp_path: Path) -> None:
    ball = sphere(4)
    colours = (127 + 200 * ball.vertices).astype(np.uint8)
    ball = Scan(ball.vertices, ball.faces, colours)
    unwrapped = Unwrapped.of(ball, np.random.default_rng(0))
    unwrapped.save(tmp_path / "uv.npz", ball)
    transfer, light = np.zeros((len(ball.vertices), 9), np.float32), np.zeros((9, 3), np.float32)
    transfer[:, 0], light[0] = 1.0, 1.0
    picture = unwrapped.colours(transfer, light)
    with np.load(tmp_path / "uv.npz") as values:
        position, normal, mask = values["position"], values["normal"], values["mask"]
    assert mask.all()
    assert picture == pytest.approx(127 + 200 * position, abs=2)
    assert np.abs(position.mean(axis=(0, 1))).max() < 0.005
    assert (normal * position).sum(axis=2) == pytest.approx(0.4, abs=0.01)
    # JPEG sees blocks of eight texels: what is in one belongs together.
    blocks = position.reshape(64, 8, 64, 8, 3).std(axis=(1, 3))
    assert np.median(np.linalg.norm(blocks, axis=-1)) < 0.02

"""What the body says to the network, on a shape whose every number is known."""

import numpy as np
import pytest
import trimesh

from core.open.body_maps import BodyShape
from core.open.inputs import columns_shown, filled, masked_picture

RADIUS, CENTRE = 0.2, np.array([0.1, -0.05, 0.15])


@pytest.fixture(scope="module")
def ball() -> BodyShape:
    sphere = trimesh.creation.icosphere(subdivisions=5, radius=RADIUS)
    # Codes that tell the place on the ball.
    codes = (sphere.vertices / RADIUS).astype(np.float32)
    share = np.zeros(len(codes), np.float32)
    return BodyShape((sphere.vertices + CENTRE).astype(np.float32), np.asarray(sphere.faces, np.int32), codes, share)


def test_front_and_back_of_a_ball(ball: BodyShape) -> None:
    maps = ball.maps(128)
    # Pixels of the crop: 500 to the unit, y down.
    centres = ((np.arange(128) + 0.5) * 4 - 256) / 500
    x, y = np.meshgrid(centres, -centres)
    across = np.hypot(x - CENTRE[0], y - CENTRE[1])
    assert np.array_equal(maps[0] > 0, across < RADIUS) or np.abs((maps[0] > 0).sum() - (across < RADIUS).sum()) < 12
    inner = across < 0.9 * RADIUS
    rise = np.sqrt(RADIUS**2 - across[inner] ** 2)
    assert maps[1][inner] == pytest.approx(CENTRE[2] + rise, abs=1e-3)
    assert maps[5][inner] == pytest.approx(CENTRE[2] - rise, abs=1e-3)
    expected = np.stack([x[inner] - CENTRE[0], y[inner] - CENTRE[1], rise]) / RADIUS
    assert maps[2:5, inner] == pytest.approx(expected, abs=0.02)
    assert maps[6:9, inner] == pytest.approx(expected * [[1], [1], [-1]], abs=0.02)
    assert maps[9:12, inner] == pytest.approx(expected, abs=0.02)


def test_points_know_their_distance_and_direction(ball: BodyShape) -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = rng.uniform(0.05, 0.35, 200)
    features = ball.points((CENTRE + directions * lengths[:, None]).astype(np.float32))
    assert features[:, 0] == pytest.approx(lengths - RADIUS, abs=2e-3)
    assert features[:, 4:7] == pytest.approx(directions, abs=0.06)
    assert np.linalg.norm(features[:, 1:4], axis=1) == pytest.approx(np.abs(lengths - RADIUS), abs=5e-3)
    assert features[:, 8:] == pytest.approx(directions, abs=0.06)
    assert features[:, 7] == pytest.approx(CENTRE[2] + directions[:, 2] * lengths, abs=1e-6)


def test_beyond_the_outline_the_nearest_pixel_counts(ball: BodyShape) -> None:
    maps = ball.maps(128)
    carried = filled(maps)
    assert np.array_equal(carried[0], maps[0])
    seen = maps[0] > 0
    assert np.array_equal(carried[:, seen], maps[:, seen])
    row = 70
    first = np.flatnonzero(seen[row])[0]
    assert carried[1:, row, first - 1] == pytest.approx(maps[1:, row, first], abs=0.25)
    assert not filled(np.zeros_like(maps)).any()


def test_the_background_is_black_under_the_mask() -> None:
    picture = np.full((4, 4, 3), 255, np.uint8)
    mask = np.zeros((4, 4), np.float32)
    mask[1:3] = 1.0
    values = masked_picture(picture, mask)
    assert values.shape == (4, 4, 4)
    assert np.array_equal(values, np.broadcast_to(mask, (4, 4, 4)))


def test_columns_hold_mask_and_body() -> None:
    mask, body = np.zeros((128, 128), np.float32), np.zeros((128, 128), np.float32)
    assert columns_shown(mask, body, 16) == 128
    body[60, 60:68] = 1.0
    assert columns_shown(mask, body, 16) == 80
    mask[3, 108] = 1.0
    assert columns_shown(mask, body, 16) == 96
    mask[3, 0] = 1.0
    assert columns_shown(mask, body, 16) == 128

"""Cloth between the legs of a standing body: a skirt in the mask, a hem beside a leg, a mask that is not sharp."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.open.between import HANGS, Between, between_legs
from core.open.body_maps import BodyShape
from core.open.network import CENTIMETRE
from core.spaces import CROP_HALF

SIZE = 256


def standing(spread: float, stride: float = 0.0) -> BodyShape:
    """The mean body, canonical; its feet further apart, to the sides by twice `spread` and along the view by twice
    `stride`."""
    model = BodyModel.load()
    rest = model.mean_vertices
    body = (rest - rest.mean(axis=0)) * (0.8 / np.ptp(rest[:, 1]))
    legs = model.of_parts("thigh", "shin", "foot")
    top = body[legs, 1].max()
    share = np.sign(body[legs, 0]) * (top - body[legs, 1]) / (top - body[:, 1].min())
    body[legs, 0] += spread * share
    body[legs, 2] += stride * share
    return BodyShape.posed(body.astype(np.float32))


def columns_of(shape: BodyShape, row: int) -> np.ndarray:
    """Where a row of the crop shows legs."""
    front = shape.layers(SIZE)[0]
    legs = BodyModel.load().of_parts("thigh", "shin")[shape.caster.faces[front.face, 0]]
    return np.flatnonzero((front.seen & legs)[row])


def knees_and_crotch(shape: BodyShape) -> range:
    """Rows from below the crotch to the knees."""
    rows = np.flatnonzero(shape.layers(SIZE)[0].seen.any(axis=1))
    return range(int(rows[0] + 0.56 * len(rows)), int(rows[0] + 0.7 * len(rows)))


def skirted(shape: BodyShape) -> np.ndarray:
    """The body's mask with everything between the legs, down to the knees."""
    mask = shape.layers(SIZE)[0].seen.astype(np.float32)
    for row in knees_and_crotch(shape):
        columns = columns_of(shape, row)
        mask[row, columns[0] : columns[-1]] = 1.0
    return mask


def middle(shape: BodyShape, row: int, z: float) -> np.ndarray:
    """(1, 3) canonical: between the legs in a row of the crop."""
    column = columns_of(shape, row)[[0, -1]].mean()
    return np.array([[(2 * (column + 0.5) / SIZE - 1) * CROP_HALF, (1 - 2 * (row + 0.5) / SIZE) * CROP_HALF, z]])


@pytest.fixture(scope="module")
def shape() -> BodyShape:
    return standing(0.12)


@pytest.fixture(scope="module")
def skirt(shape: BodyShape) -> Between:
    return between_legs(shape, skirted(shape))


def test_cloth_below_the_crotch_spans_both_legs_at_their_fronts_and_backs(shape: BodyShape, skirt: Between) -> None:
    front, back = shape.layers(SIZE)
    rows = np.flatnonzero(skirt.there.any(axis=1))
    assert len(rows) == int(HANGS * SIZE / (2 * CROP_HALF))
    assert set(rows[2:]) < set(knees_and_crotch(shape))
    for row in rows[2:-2]:
        columns = columns_of(shape, row)
        between = np.flatnonzero(skirt.there[row])
        assert not front.seen[row, between].any()
        assert skirt.front[row, between] == pytest.approx(front.z[row, columns].max(), abs=1.5 * CENTIMETRE)
        assert skirt.back[row, between] == pytest.approx(back.z[row, columns].min(), abs=1.5 * CENTIMETRE)


def test_a_point_is_inside_between_the_sides_and_nowhere_else(shape: BodyShape, skirt: Between) -> None:
    row = int(np.flatnonzero(skirt.there.any(axis=1))[10])
    at = row, int(columns_of(shape, row)[[0, -1]].mean())
    front, back = float(skirt.front[at]), float(skirt.back[at])
    assert skirt.inside(middle(shape, row, (front + back) / 2)) > 2 * CENTIMETRE
    assert skirt.inside(middle(shape, row, front + CENTIMETRE)) < 0
    assert skirt.inside(middle(shape, row, back - CENTIMETRE)) < 0
    below = knees_and_crotch(shape)[-1] + 6
    assert np.isneginf(skirt.inside(middle(shape, below, (front + back) / 2)))


def test_a_hem_beside_one_leg_spans_nothing(shape: BodyShape) -> None:
    mask = skirted(shape)
    for row in knees_and_crotch(shape):
        mask[row, int(columns_of(shape, row)[[0, -1]].mean())] = 0.0
    assert not between_legs(shape, mask).there.any()


def test_legs_close_together_in_a_mask_that_is_not_sharp_stay_two() -> None:
    close = standing(-0.05)
    assert not between_legs(close, skirted(close)).there.any()


def test_what_hangs_between_legs_that_stride_along_the_view_is_left_to_the_network() -> None:
    strides = standing(0.06, 0.25)
    assert not between_legs(strides, skirted(strides)).there.any()


def test_a_bare_body_has_no_cloth_between_its_legs(shape: BodyShape) -> None:
    assert not between_legs(shape, shape.layers(SIZE)[0].seen.astype(np.float32)).there.any()

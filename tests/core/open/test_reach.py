"""How far the network is believed: a standing person, bare or in clothes that outlines or the mask tell."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.open.body_maps import BodyShape
from core.open.network import CENTIMETRE
from core.open.reach import BARE, DEEP, FARTHEST, reach

SIZE = 256


@pytest.fixture(scope="module")
def shape() -> BodyShape:
    rest = BodyModel.load().mean_vertices
    return BodyShape.posed(((rest - rest.mean(axis=0)) * (0.8 / np.ptp(rest[:, 1]))).astype(np.float32))


@pytest.fixture(scope="module")
def own_mask(shape: BodyShape) -> np.ndarray:
    return shape.layers(SIZE)[0].seen.astype(np.float32)


def part(*names: str) -> np.ndarray:
    model = BodyModel.load()
    return np.isin(model.parts, [model.part_names.index(name) for name in names])


def bare() -> np.ndarray:
    return np.zeros(len(BodyModel.load().mean_vertices), np.float32)


def test_hair_may_go_further_than_bare_limbs(shape: BodyShape, own_mask: np.ndarray) -> None:
    found = reach(shape, own_mask, bare())
    assert found.farthest[part("head", "neck")] == pytest.approx(FARTHEST)
    assert found.farthest[part("forearm", "hand", "foot", "torso")] == pytest.approx(BARE)
    assert found.sure == pytest.approx(BARE), "and is doubted as soon as they are"


def test_thick_clothes_are_believed_further_and_thinner_than_the_body_counts_as_bare(
    shape: BodyShape, own_mask: np.ndarray
) -> None:
    thickness = np.where(part("torso"), 2 * CENTIMETRE, -CENTIMETRE).astype(np.float32)
    found = reach(shape, own_mask, thickness).farthest
    assert found[part("torso")] == pytest.approx(BARE + 3 * CENTIMETRE)
    assert found[part("forearm")] == pytest.approx(BARE)


def test_only_the_seat_is_filled_beyond_the_body_and_less_where_the_body_is_too_wide(
    shape: BodyShape, own_mask: np.ndarray
) -> None:
    found, slim = (reach(shape, own_mask, bare() - thinner).least for thinner in (0.0, CENTIMETRE))
    filled = found > 0
    assert 1.5 * CENTIMETRE < found.max() < 3 * CENTIMETRE
    assert not filled[part("head", "neck", "upper_arm", "forearm", "hand", "shin", "foot")].any()
    assert slim[filled] == pytest.approx(found[filled] - CENTIMETRE)
    assert found[part("head")] == pytest.approx(-DEEP)


def test_a_mask_that_fills_the_space_between_the_legs_is_a_skirt(shape: BodyShape, own_mask: np.ndarray) -> None:
    rows = np.flatnonzero(own_mask.any(axis=1))
    knees = int(rows[0] + 0.72 * len(rows))
    hips = int(rows[0] + 0.5 * len(rows))
    skirt = own_mask.copy()
    for row in range(hips, knees):
        columns = np.flatnonzero(own_mask[row, SIZE // 2 - 40 : SIZE // 2 + 40]) + SIZE // 2 - 40
        skirt[row, columns[0] - 8 : columns[-1] + 9] = 1.0
    found, without = (reach(shape, mask, bare()).farthest for mask in (skirt, own_mask))
    assert np.median(found[part("thigh")]) > 1.5 * BARE
    assert np.median(without[part("thigh")]) < 1.2 * BARE
    ankle = part("foot")
    assert np.array_equal(found[ankle], without[ankle])

"""Arms and clothes: a standing person whose hands hang beside naked hips, in a coat or not."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.render import MeshCaster
from core.spaces import CanonicalView
from core.surface.arms import clear_arms
from core.surface.silhouette import inflate
from tests.core.posed_person import camera, crop_around, pose

HANGING = {
    name: angles
    for side in "LR"
    for name, angles in ((f"upperarm01.{side}", (0.0, 0.0, -36.0)), (f"lowerarm01.{side}", (-45.0, 0.0, 0.0)))
}


@pytest.fixture(scope="module")
def view() -> CanonicalView:
    return CanonicalView(camera(), crop_around(camera(), pose({}).vertices), 4.0)


@pytest.fixture(scope="module")
def body(view: CanonicalView) -> np.ndarray:
    return view.from_world(pose(HANGING).vertices).astype(np.float32)


def coat(body: np.ndarray, view: CanonicalView, thickness: float) -> np.ndarray:
    model = BodyModel.load()
    covered = np.isin(model.parts, [model.part_names.index(name) for name in ("torso", "thigh")])
    return inflate(body, (covered * thickness / view.metres_per_unit).astype(np.float32))


def hands(left: bool) -> np.ndarray:
    model = BodyModel.load()
    side = model.mean_vertices[:, 0] > 0 if left else model.mean_vertices[:, 0] < 0
    return (model.parts == model.part_names.index("hand")) & side & model.exterior


def buried(vertices: np.ndarray, clothed: np.ndarray) -> float:
    """Share of the hands' vertices inside the clothed trunk, whose arms are cut off."""
    model = BodyModel.load()
    arms = [model.part_names.index(name) for name in ("upper_arm", "forearm", "hand")]
    trunk = model.triangles[~np.isin(model.parts, arms)[model.triangles].any(axis=1)]
    caster = MeshCaster(clothed, trunk)
    return float(caster.inside(vertices[hands(True) | hands(False)]).mean())


@pytest.mark.parametrize("shown", [None, (True, True), (False, False)])
def test_hands_come_out_of_a_coat(body: np.ndarray, view: CanonicalView, shown: tuple[bool, bool] | None) -> None:
    clothed = coat(body, view, 0.06)
    assert buried(body, clothed) > 0.3
    moved = clear_arms(body, clothed, view.metres_per_unit, shown)
    assert buried(moved, clothed) < 0.1
    assert np.array_equal(moved[:, :2], body[:, :2])


def test_a_hand_that_is_seen_comes_forwards_and_one_that_is_not_goes_back(
    body: np.ndarray, view: CanonicalView
) -> None:
    moved = clear_arms(body, coat(body, view, 0.04), view.metres_per_unit, (True, False))
    way = (moved - body)[:, 2] * view.metres_per_unit
    assert way[hands(True)].min() > 0.02
    assert way[hands(False)].max() < -0.02


def test_only_forearms_and_hands_move_and_without_a_break(body: np.ndarray, view: CanonicalView) -> None:
    model = BodyModel.load()
    moved = clear_arms(body, coat(body, view, 0.06), view.metres_per_unit)
    arms = np.isin(model.parts, [model.part_names.index(name) for name in ("forearm", "hand")])
    assert np.array_equal(moved[~arms], body[~arms])
    ends = model.triangles[:, [0, 1]]
    way = (moved - body)[:, 2] * view.metres_per_unit
    assert np.abs(way[ends[:, 0]] - way[ends[:, 1]]).max() < 0.03


def test_nothing_moves_where_clothes_are_thin(body: np.ndarray, view: CanonicalView) -> None:
    spread = view.from_world(pose({}).vertices).astype(np.float32)
    assert np.array_equal(clear_arms(spread, coat(spread, view, 0.06), view.metres_per_unit), spread)
    thin = clear_arms(body, coat(body, view, 0.0), view.metres_per_unit)
    assert np.abs(thin - body).max() * view.metres_per_unit < 0.02

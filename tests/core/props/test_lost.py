"""A foot that the mask cuts off is given back where the picture shows it, and only there."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.props.lost import LIMBS, find_lost
from core.render import silhouette
from core.render.hits import Hits
from tests.core.props.test_find import BALL, GRASS, filmed
from tests.core.props.test_find import body as body
from tests.core.props.test_find import memory as memory


@pytest.fixture(scope="module")
def shod(memory: np.ndarray) -> np.ndarray:
    worn = memory.copy()
    worn[BodyModel.load().of_parts("foot"), :3] = BALL
    return worn


@pytest.fixture(scope="module")
def limbs() -> np.ndarray:
    return BodyModel.load().of_parts(*LIMBS)


def one_foot(body: Hits) -> np.ndarray:
    foot = np.zeros(body.face.shape, bool)
    seen = silhouette(body)
    foot[seen] = body.interpolate(BodyModel.load().of_parts("foot")[:, None].astype(np.float32))[:, 0] > 0.5
    return foot & (np.arange(foot.shape[1]) > foot.shape[1] / 2)


def test_a_foot_that_the_mask_cuts_off(body: Hits, shod: np.ndarray, limbs: np.ndarray) -> None:
    picture, mask = filmed(body, shod)
    foot = one_foot(body)
    lost = find_lost(picture, mask & ~foot, body, limbs, shod)
    assert lost is not None
    assert not lost.seen.any(), "nothing is in front of it"
    assert (lost.hidden & foot).sum() > 0.9 * foot.sum()
    assert (lost.hidden & ~foot).sum() < 0.1 * foot.sum()


def test_a_foot_that_is_not_there_is_not_made_up(body: Hits, shod: np.ndarray, limbs: np.ndarray) -> None:
    """The fitted body is wrong: the picture shows grass."""
    picture, mask = filmed(body, shod)
    foot = one_foot(body)
    picture[foot] = GRASS
    assert find_lost(picture, mask & ~foot, body, limbs, shod) is None


def test_a_whole_mask_lacks_nothing(body: Hits, shod: np.ndarray, limbs: np.ndarray) -> None:
    picture, mask = filmed(body, shod)
    assert find_lost(picture, mask, body, limbs, shod) is None
    moved = np.roll(mask, 2, axis=1)
    assert find_lost(np.roll(picture, 2, axis=1), moved, body, limbs, shod) is None, "the body is a little off"

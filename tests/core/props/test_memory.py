"""A ball that is before the same leg in most frames that show it well does not become the leg's colour."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.props.find import find_thing
from core.props.memory import Look, Memory, known_things
from core.props.palette import FEW
from core.props.thing import SIZE
from core.render import silhouette
from core.render.hits import Hits
from core.texture.body_colours import Glimpse
from tests.core.props.test_find import BALL, beside_the_thigh, disc, filmed
from tests.core.props.test_find import body as body
from tests.core.props.test_find import memory as memory

FRAMES = 9


def look(body: Hits, memory: np.ndarray, ball: np.ndarray | None) -> Look:
    """A frame that sees the front of the body, with a ball or without."""
    picture, mask = filmed(body, memory)
    if ball is not None:
        picture[ball] = BALL
        mask = mask | ball
    count = len(memory)
    places, weight = np.zeros((count, 2), np.int32), np.zeros(count, np.float32)
    rows, columns = np.nonzero(silhouette(body))
    corners = body.faces[body.face[rows, columns]]
    for corner in range(3):
        places[corners[:, corner]] = np.stack([columns, rows], axis=1)
        weight[corners[:, corner]] = 1.0
    colours = picture[places[:, 1], places[:, 0]].astype(np.float32)
    glimpse = Glimpse(colours, weight, np.zeros((count, 3), np.float32))
    return Look(picture, mask, body, glimpse, places)


@pytest.fixture(scope="module")
def looks(body: Hits, memory: np.ndarray) -> list[Look]:
    """Most frames with a ball somewhere at the thigh; some with it before the chest; one without."""
    row, column = beside_the_thigh(body)
    thigh = [disc((row + down, column - 8), 12) for down in (-6, -3, 0, 3, 6)]
    chest = disc((round(SIZE * 0.33), SIZE // 2), 12)
    return [look(body, memory, ball) for ball in [*thigh, chest, chest, chest, None]]


def colours_at(body: Hits, colours: np.ndarray, where: np.ndarray) -> np.ndarray:
    expected = np.zeros((SIZE, SIZE, 3), np.float32)
    expected[silhouette(body)] = body.interpolate(colours[:, :3])
    return expected[where & silhouette(body)]


def test_the_leg_keeps_its_colour(looks: list[Look], body: Hits, memory: np.ndarray) -> None:
    row, column = beside_the_thigh(body)
    behind = disc((row, column - 8), 5)
    at_first = Memory.of([one.glimpse for one in looks])
    assert np.median(colours_at(body, at_first.colours, behind)) > 200, "the median alone takes the ball for the leg"
    known, palette = known_things(looks)
    np.testing.assert_allclose(colours_at(body, known.colours, behind), colours_at(body, memory, behind), atol=45)
    ball = disc((row, column - 8), 12)
    first = looks[2]
    thing = find_thing(first.picture, first.mask, body, known.colours, known.skin, palette)
    assert thing is not None
    assert (thing.seen & ball).sum() > 0.9 * ball.sum()


def test_hands_tell_the_skin(looks: list[Look], memory: np.ndarray) -> None:
    known, _ = known_things(looks)
    hands = BodyModel.load().of_parts("hand")
    assert known.skin is not None
    np.testing.assert_allclose(known.skin, np.median(memory[hands, :3], axis=0), atol=15)


def test_clips_without_things_have_none(body: Hits, memory: np.ndarray) -> None:
    _, palette = known_things([look(body, memory, None)] * FRAMES)
    assert len(palette.colours) == 0
    assert palette.largest == 0


def test_two_of_few_frames_tell_what_a_ball_looks_like(body: Hits, memory: np.ndarray) -> None:
    row, column = beside_the_thigh(body)
    chest, thigh = disc((round(SIZE * 0.33), SIZE // 2), 12), disc((row, column - 8), 12)
    few = [look(body, memory, ball) for ball in (chest, None, thigh, None, None)]
    assert len(known_things(few)[1].colours) > 0
    many = [*few, *[look(body, memory, None)] * FEW]
    assert len(known_things(many)[1].colours) == 0, "of many frames more are asked for"

"""A ball before the leg that the mask left out is found by the colours of the clip's balls; nothing else is."""

import numpy as np
import pytest

from core.props.bite import find_bite
from core.props.palette import Palette
from core.props.thing import Thing
from core.render import silhouette
from core.render.hits import Hits
from tests.core.props.test_find import BALL, beside_the_thigh, disc, filmed
from tests.core.props.test_find import body as body
from tests.core.props.test_find import memory as memory


@pytest.fixture(scope="module")
def palette() -> Palette:
    """What the clip's other frames say of balls."""
    picture = np.full((256, 256, 3), BALL, np.uint8)
    ball = disc((100, 100), 13)
    return Palette.of([picture] * 3, [Thing(ball, ball)] * 3)


def test_a_ball_that_bites_into_the_leg(body: Hits, memory: np.ndarray, palette: Palette) -> None:
    picture, mask = filmed(body, memory)
    ball = disc(beside_the_thigh(body), 13)
    picture[ball] = BALL
    thing = find_bite(picture, mask & ~ball, body, palette)
    assert thing is not None
    assert (thing.seen & ball).sum() > 0.95 * ball.sum()
    np.testing.assert_array_equal(thing.hidden, thing.seen & silhouette(body))
    assert (thing.hidden & ball).sum() > 0.9 * (silhouette(body) & ball).sum()


def test_what_does_not_hide_the_person_is_left(body: Hits, memory: np.ndarray, palette: Palette) -> None:
    row, column = beside_the_thigh(body)
    picture, mask = filmed(body, memory)
    away = disc((row, column + 16), 13)
    picture[away] = BALL
    assert find_bite(picture, mask, body, palette) is None
    # A wall of the ball's colour behind a body that is off.
    picture, mask = filmed(body, memory)
    picture[~mask] = BALL
    moved = np.roll(mask, -8, axis=1)
    picture[mask & ~moved] = BALL
    assert find_bite(picture, moved, body, palette) is None


def test_a_shoe_of_the_balls_colour_that_it_touches_stays(body: Hits, memory: np.ndarray, palette: Palette) -> None:
    row, column = beside_the_thigh(body)
    picture, mask = filmed(body, memory)
    ball, shoe = disc((row, column), 13), disc((row + 15, column - 8), 7)
    picture[ball | shoe] = BALL
    seen_mask = (mask & ~ball) | (shoe & ~ball)
    thing = find_bite(picture, seen_mask, body, palette)
    assert thing is not None
    assert (thing.seen & ball).sum() > 0.95 * ball.sum()
    assert (thing.seen & shoe & ~ball).sum() < 0.35 * (shoe & ~ball).sum()


def test_without_known_things_there_are_no_bites(body: Hits, memory: np.ndarray) -> None:
    picture, mask = filmed(body, memory)
    ball = disc(beside_the_thigh(body), 13)
    picture[ball] = BALL
    assert find_bite(picture, mask & ~ball, body, Palette.of([], [])) is None

"""A ball is told by its outline from what has its colour."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.props.round import common_radius, find_balls
from core.props.thing import SIZE

RADIUS = 14


def _empty() -> npt.NDArray[np.uint8]:
    return np.zeros((SIZE, SIZE), np.uint8)


def _ball(row: int, column: int, radius: int = RADIUS) -> npt.NDArray[np.uint8]:
    return cv2.circle(_empty(), (column, row), radius, 1, cv2.FILLED)


def _shoe(row: int, column: int) -> npt.NDArray[np.uint8]:
    """Seen from the side, as long as a ball and half as high."""
    return cv2.ellipse(_empty(), (column, row), (RADIUS + 2, RADIUS // 2), 0, 0, 360, 1, cv2.FILLED)


def _picture(white: npt.NDArray[np.uint8], grey: int = 90) -> npt.NDArray[np.uint8]:
    """White things before something grey."""
    return np.repeat(np.where(white > 0, 220, grey).astype(np.uint8)[..., None], 3, axis=2)


def _overlap(found: npt.NDArray[np.bool_], wanted: npt.NDArray[np.uint8]) -> float:
    return (found & (wanted > 0)).sum() / (found | (wanted > 0)).sum()


def test_a_ball_that_touches_a_shoe_of_its_colour_is_found_alone() -> None:
    shoe, ball = _shoe(120, 130), _ball(139, 130)
    shown = (shoe | ball) > 0
    found = find_balls(_picture(shoe | ball), shown, shoe > 0, shown, RADIUS)
    assert _overlap(found, ball) > 0.7
    assert (found & (shoe > 0) & (ball == 0)).sum() < 0.1 * shoe.sum()


def test_a_ball_with_spots_is_found_where_an_edge_goes_round_it() -> None:
    shoe, ball = _shoe(120, 130), _ball(141, 130)
    spots = _ball(141, 130, 3) | _ball(136, 122, 2) | _ball(147, 138, 2) | _ball(147, 122, 2) | _ball(136, 138, 2)
    shown = ((shoe | ball) > 0) & (spots == 0)
    picture = _picture(shoe | ball)
    # Where it touches the ball, the shoe throws a shadow on it.
    picture[cv2.morphologyEx(ball, cv2.MORPH_GRADIENT, np.ones((2, 2))) > 0] = 150
    assert _overlap(find_balls(picture, shown, shoe > 0, shown, RADIUS), ball) > 0.7
    flat = np.full_like(picture, 90)
    assert not find_balls(flat, shown, shoe > 0, shown, RADIUS).any()


@pytest.mark.parametrize("radius", [13, 14, 15])
def test_a_ball_may_be_nearer_or_further_away(radius: int) -> None:
    ball = _ball(100, 90, radius)
    assert _overlap(find_balls(_picture(ball), ball > 0, ball == 2, ball > 0, RADIUS), ball) > 0.7


def test_several_balls_are_found() -> None:
    balls = _ball(100, 60) | _ball(100, 130) | _ball(170, 60)
    found = find_balls(_picture(balls), balls > 0, balls == 2, balls > 0, RADIUS)
    assert cv2.connectedComponents(found.astype(np.uint8))[0] - 1 == 3


def test_shoes_trousers_and_shirts_of_the_ball_s_colour_are_none() -> None:
    trousers = _empty()
    trousers[100:220, 100:128] = 1
    shirt = _empty()
    shirt[40:100, 80:150] = 1
    for clothes in (_shoe(120, 130) | _shoe(124, 140), trousers, shirt, shirt | trousers):
        assert not find_balls(_picture(clothes), clothes > 0, clothes == 2, clothes > 0, RADIUS).any()


def test_a_head_of_the_ball_s_size_and_colour_is_none_where_the_clip_knows_it() -> None:
    head = _ball(60, 120)
    assert not find_balls(_picture(head), head > 0, head > 0, head > 0, RADIUS).any()


def test_a_ball_beside_the_mask_is_nobody_s() -> None:
    ball, person = _ball(100, 60), _ball(100, 160, 40)
    assert not find_balls(_picture(ball), ball > 0, ball == 2, person > 0, RADIUS).any()


def test_the_radius_is_that_of_most_things_that_are_round() -> None:
    balls = [_ball(100, 60 + 20 * index) > 0 for index in range(3)]
    long = _shoe(150, 100) > 0
    assert common_radius([*balls, long], [*balls, long]) == pytest.approx(RADIUS, abs=0.5)
    assert common_radius([long] * 4, [long] * 4) is None
    assert common_radius(balls[:2], balls[:2]) is None

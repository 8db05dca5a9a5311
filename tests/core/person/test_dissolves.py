"""Dissolves, and what resembles them: cuts, pans, a hand that shakes, light that changes."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from core.person.dissolves import DissolveFinder
from tests.core.person.made_clips import Bytes, pictures, room

COUNT = 48


def finish(scene: Callable[[int], Bytes]) -> list[int]:
    finder = DissolveFinder()
    for number in range(COUNT):
        finder.add(number, scene(number))
    return finder.finish()


def man(number: int) -> Bytes:
    """The bundled clip, slowly, there and back."""
    return pictures()[min(number, COUNT - number) * 19 // COUNT]


def other(number: int) -> Bytes:
    """Another place, with somebody in it."""
    picture = room(612, 1080)[::-1].copy()
    cv2.circle(picture, (200 + 3 * number, 400), 150, (40, 60, 200), -1)
    return picture


def melting(number: int, start: int, length: int) -> Bytes:
    share = np.clip((number - start) / length, 0.0, 1.0)
    return np.round((1 - share) * man(number) + share * other(number)).astype(np.uint8)


@pytest.mark.parametrize("length", [6, 12, 25])
def test_the_middle_of_a_dissolve_is_found(length: int) -> None:
    (found,) = finish(lambda number: melting(number, 10, length))
    assert found == pytest.approx(10 + length / 2, abs=3)


def moved(number: int) -> Bytes:
    wide = np.hstack([man(0)[:, ::-1], man(0), man(0)[:, ::-1]])
    return wide[:, 12 * number : 12 * number + 612]


def shaken(number: int) -> Bytes:
    shift = np.float32([[1, 0, 40 * np.sin(number / 3)], [0, 1, 30 * np.sin(number / 2)]])
    return cv2.warpAffine(man(number), shift, (612, 1080), borderMode=cv2.BORDER_REFLECT)


def lit(number: int) -> Bytes:
    return np.clip(man(number) * (0.3 + number / COUNT), 0, 255).astype(np.uint8)


def faded(number: int) -> Bytes:
    return (man(number) * (1.0 - number / COUNT)).astype(np.uint8)


@pytest.mark.parametrize("scene", [man, moved, shaken, lit, faded, lambda number: melting(number, 20, 0.5)])
def test_nothing_else_is_a_dissolve(scene: Callable[[int], Bytes]) -> None:
    assert finish(scene) == []

"""Left and right over many frames, on legs that walk as legs do."""

import numpy as np
import pytest

from core.person.flips import LEGS, renamed_limbs
from core.person.mirrored import MIRRORED

BODY = np.random.default_rng(3).uniform(0, 1, (33, 3)) * [0.05, 1.0, 0.05]
COUNT = 60


def swapped_limbs(image: np.ndarray, world: np.ndarray) -> np.ndarray:
    return renamed_limbs(image, world)[0]


def walk(direction: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Seen from the side, where legs cross twice a step: image (N, 33, 2) and world (N, 33, 3), a person 300 high."""
    phase = np.sin(2 * np.pi * np.arange(COUNT) / 30)
    world = np.tile(BODY, (COUNT, 1, 1))
    side = np.where(np.arange(33) % 2 == 1, 1.0, -1.0)[LEGS]
    world[:, LEGS, 0] += direction * 0.25 * phase[:, None] * side * np.linspace(0.1, 1.0, len(LEGS))
    world[:, LEGS, 2] += 0.08 * side
    image = 300 * world[..., :2] + np.arange(COUNT)[:, None, None] * [4.0, 0.0]
    noise = np.random.default_rng(1)
    return image + noise.normal(0, 1.0, image.shape), world + noise.normal(0, 0.004, world.shape)


def test_legs_that_cross_are_left_alone() -> None:
    assert not swapped_limbs(*walk()).any()


@pytest.mark.parametrize(("first", "last"), [(20, 33), (0, 9), (45, COUNT)])
def test_a_run_of_swapped_legs_is_found(first: int, last: int) -> None:
    image, world = walk()
    for values in (image, world):
        values[first:last, LEGS] = values[first:last, MIRRORED[LEGS]]
    found = swapped_limbs(image, world)
    expected = np.zeros((COUNT, 33), bool)
    expected[first:last, LEGS] = True
    # At the very moment of a crossing there is nothing to tell.
    assert (found != expected).any(axis=1).sum() <= 2


@pytest.mark.parametrize("lost", [[38], [38, 39]])
def test_names_may_change_while_legs_lie_on_each_other(lost: list[int]) -> None:
    image, world = walk()
    for values in (image, world):
        values[34:38, LEGS] = values[34:38, MIRRORED[LEGS]]
        for row, part in zip(lost, (0.5, 0.35), strict=False):
            values[row, LEGS] = (1 - part) * values[row, LEGS] + part * values[row, MIRRORED[LEGS]]
    expected = np.zeros((COUNT, 33), bool)
    expected[np.ix_(lost, LEGS)] = True
    swapped, together = renamed_limbs(image, world)
    assert (together == expected).all()
    assert swapped[34:38, LEGS].all() and not swapped[:34].any() and not swapped[38:].any()


def test_legs_of_a_held_pose_that_are_renamed_every_few_frames() -> None:
    """Their depths stay with the names, which are wrong, as the landmarker's do."""
    image, world = walk()
    rows, side = np.arange(COUNT), np.where(np.arange(33) % 2 == 1, 1.0, -1.0)[LEGS]
    image, world = image - image[:, :1] + image[30, :1], np.repeat(world[30:31], COUNT, axis=0)
    image[:, LEGS] = 300 * world[:, LEGS, :2] + image[:, :1] + 40 * side[:, None] * [1.0, 0.0]
    world[:, LEGS, 0] += 40 / 300 * side
    wrong, lost = [31, 35, 36, 37, 38, 41, 42], [39, 40]
    for values in (image, world[..., :2]):
        values[np.ix_(wrong, LEGS)] = values[np.ix_(wrong, MIRRORED[LEGS])]
        values[np.ix_(lost, LEGS)] = (values[np.ix_(lost, LEGS)] + values[np.ix_(lost, MIRRORED[LEGS])]) / 2
    swapped, together = renamed_limbs(image, world)
    assert np.flatnonzero(swapped.any(axis=1)).tolist() == wrong and np.isin(rows[together.any(axis=1)], lost).all()
    assert swapped[np.ix_(wrong, LEGS)].all() and together[np.ix_(lost, LEGS)].all()


def test_legs_that_come_together_after_a_wrong_frame_are_kept() -> None:
    """A leg that was seen for a moment where there is none does not make the frames after it doubtful."""
    image, world = walk()
    image[:, LEGS] = image[:, LEGS[:1]] + np.where(np.arange(33) % 2 == 1, 8.0, -8.0)[LEGS, None] * [1.0, 0.0]
    image[38, LEGS[::2]] += np.linspace(20, 120, len(LEGS[::2]))[:, None] * [1.0, 0.2]
    assert not renamed_limbs(image, world)[1][39:].any()


@pytest.mark.parametrize("stand", [False, True])
def test_legs_that_cross_or_stand_together_have_not_fallen_together(stand: bool) -> None:
    image, world = walk()
    if stand:
        image[:, LEGS] = image[:, LEGS[:1]]
    assert not renamed_limbs(image, world)[1].any()


def test_a_whole_body_that_is_exchanged_is_left_to_others() -> None:
    image, world = walk()
    for values in (image, world):
        values[20:30] = values[20:30, MIRRORED]
    assert not swapped_limbs(image, world)[22:28].any()


def test_two_frames_tell_nothing() -> None:
    image, world = walk()
    assert not swapped_limbs(image[:2], world[:2]).any()

"""Landmarks that contradict the mask are looked for again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.clip import read_frames
from core.person.landmarker import Pose, PoseFinder
from core.person.masks import body_size, draw_skeleton
from core.person.mirrored import MIRRORED
from core.person.second_look import DOUBTFUL, contradiction, looked_again

DEMO = Path(__file__).parents[3] / "demo" / "balance.mp4"
LEFT_LEG, RIGHT_LEG = np.arange(25, 32, 2), np.arange(26, 33, 2)
JOINTS = [*range(11, 17), *range(23, 29)]


@pytest.fixture(scope="module")
def finder() -> Iterator[PoseFinder]:
    with PoseFinder() as finder:
        yield finder


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A man on one leg, the other lifted to the side."""
    return next(iter(read_frames(DEMO, slice(44, 45)))).picture


@pytest.fixture(scope="module")
def pose(finder: PoseFinder, picture: np.ndarray) -> Pose:
    return finder.find(picture)[0]


def with_leg_on_the_other(pose: Pose, missed: np.ndarray, seen: np.ndarray) -> Pose:
    image, world = pose.image.copy(), pose.world.copy()
    image[missed], world[missed] = image[seen] + 2, world[seen]
    return replace(pose, image=image, world=world)


def scaled(pose: Pose, picture: np.ndarray) -> np.ndarray:
    return pose.image * (pose.mask.shape[1] / picture.shape[1])


@pytest.mark.parametrize(("missed", "seen"), [(LEFT_LEG, RIGHT_LEG), (RIGHT_LEG, LEFT_LEG)])
def test_a_leg_that_was_missed_is_found(
    finder: PoseFinder, picture: np.ndarray, pose: Pose, missed: np.ndarray, seen: np.ndarray
) -> None:
    wrong = with_leg_on_the_other(pose, missed, seen)
    assert contradiction(wrong.mask, scaled(wrong, picture)) > DOUBTFUL
    found = looked_again(finder, picture, wrong)
    assert found.mask is wrong.mask
    away = np.linalg.norm(found.image - pose.image, axis=1)[JOINTS]
    assert away.max() < 0.04 * body_size(pose.image)
    np.testing.assert_allclose(found.world[JOINTS], pose.world[JOINTS], atol=0.12)


def test_landmarks_that_agree_with_the_mask_stay(picture: np.ndarray, pose: Pose) -> None:
    class Nobody(PoseFinder):
        def __init__(self) -> None:
            pass

        def find(self, picture: np.ndarray) -> list[Pose]:
            raise AssertionError("nothing is to be looked at again")

    assert looked_again(Nobody(), picture, pose) is pose


def test_what_is_seen_again_keeps_left_and_right(finder: PoseFinder, picture: np.ndarray, pose: Pose) -> None:
    """Which of two limbs is which, the frames around tell; one look must not change it."""
    mirrored = replace(
        pose, image=pose.image[MIRRORED], visibility=pose.visibility[MIRRORED], world=pose.world[MIRRORED]
    )
    wrong = with_leg_on_the_other(mirrored, LEFT_LEG, RIGHT_LEG)
    found = looked_again(finder, picture, wrong)
    away = np.linalg.norm(found.image - mirrored.image, axis=1)[JOINTS]
    assert away.max() < 0.04 * body_size(pose.image)


class Turned(PoseFinder):
    """Finds in a turned square what a person there would look like, and nobody in one that is upright."""

    def __init__(self, finder: PoseFinder) -> None:
        self._finder, self._count = finder, 0

    def find(self, picture: np.ndarray) -> list[Pose]:
        self._count += 1
        return self._finder.find(picture) if self._count > 1 else []


def test_landmarks_of_a_turned_picture_are_turned_back(finder: PoseFinder, picture: np.ndarray, pose: Pose) -> None:
    found = looked_again(Turned(finder), picture, with_leg_on_the_other(pose, LEFT_LEG, RIGHT_LEG))
    assert np.linalg.norm(found.image - pose.image, axis=1)[JOINTS].max() < 0.04 * body_size(pose.image)
    # Turned by 15 degrees, they would be 12 cm off on average.
    assert np.linalg.norm((found.world - pose.world)[JOINTS, :2], axis=1).mean() < 0.04


def test_a_contradiction_is_bones_outside_and_surface_far_from_bones() -> None:
    """A standing figure of sticks as thick as limbs."""
    image = np.zeros((33, 2), np.float32)
    for side, x in ((0, 70), (1, 50)):
        for landmark, y in ((7, 20), (11, 40), (13, 70), (15, 95), (19, 100), (23, 100), (25, 140), (27, 180)):
            image[landmark + side] = (x + (15 if landmark in (13, 15, 19) else 0) * (1 - 2 * side), y)
        image[[29 + side, 31 + side]] = (x, 183), (x + 5, 186)
    image[:7], image[[17, 18, 21, 22]] = (60, 20), image[[19, 20, 19, 20]]
    mask = np.zeros((200, 120), np.float32)
    mask[cv2.dilate(draw_skeleton(mask.shape, image, np.ones(33), 1), np.ones((13, 13), np.uint8)) > 0] = 1
    assert contradiction(mask, image) < 0.01
    lifted = image.copy()
    lifted[27:33:2] += (40, -40)
    outside = contradiction(mask, lifted)
    assert outside > DOUBTFUL
    both = image.copy()
    both[RIGHT_LEG] = image[LEFT_LEG]
    # No bone is outside by more than the way to the other leg; what tells is the leg that has none.
    assert contradiction(mask, both) > DOUBTFUL

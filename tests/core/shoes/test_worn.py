"""Feet of the skin's colour are bare, others are in shoes."""

import cv2
import numpy as np
import pytest

from core.arrays import LANDMARKS, read_arrays
from core.job import Job
from core.picture import read_picture
from core.shoes.worn import wears_shoes

HEIGHT = 600.0
SEEN = np.ones(33, np.float32)
PALE, DARK = (224, 172, 150), (92, 58, 42)


def person(skin: tuple[int, int, int], feet: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A picture with discs of colour where hands, mouth and feet are."""
    picture = np.full((700, 400, 3), (90, 120, 70), np.uint8)
    landmarks = np.full((33, 2), 200.0, np.float32)
    hands, feet_at = {(15, 19): (120, 350), (16, 20): (280, 350)}, {(29, 31): (160, 650), (30, 32): (240, 650)}
    places = {(0, 9, 10): (200, 80), **hands, **feet_at}
    for pair, place in places.items():
        landmarks[list(pair)] = place
        cv2.circle(picture, place, 12, feet if place[1] == 650 else skin, -1)
    return picture, landmarks, SEEN


@pytest.mark.parametrize("skin", [PALE, DARK])
@pytest.mark.parametrize("shoe", [(240, 240, 245), (15, 15, 18), (40, 60, 160)])
def test_shoes_of_any_colour(skin: tuple[int, int, int], shoe: tuple[int, int, int]) -> None:
    assert wears_shoes([person(skin, shoe)], HEIGHT)


@pytest.mark.parametrize("skin", [PALE, DARK])
def test_bare_feet_in_the_shadow(skin: tuple[int, int, int]) -> None:
    shadowed = tuple(round(0.6 * value) for value in skin)
    assert not wears_shoes([person(skin, shadowed)], HEIGHT)


def test_feet_that_are_not_seen_are_bare() -> None:
    picture, landmarks, _ = person(PALE, (240, 240, 245))
    hidden = SEEN.copy()
    hidden[29:33] = 0.1
    assert not wears_shoes([(picture, landmarks, hidden)], HEIGHT)
    assert not wears_shoes([(picture, landmarks + [0, 2000], SEEN)], HEIGHT)


def test_a_grey_clip_does_not_tell() -> None:
    assert not wears_shoes([person((150, 150, 150), (30, 30, 30))], HEIGHT)


def test_most_frames_decide() -> None:
    frames = [person(PALE, PALE), person(PALE, (240, 240, 245)), person(PALE, (240, 240, 245))]
    assert wears_shoes(frames, HEIGHT)
    assert not wears_shoes(frames[:2] + frames[:1], HEIGHT)


def test_the_man_of_the_demo_is_barefoot_until_he_has_shoes(demo_job: Job) -> None:
    """His own feet are bare; painted white, they are in shoes."""
    values = read_arrays(demo_job.landmarks_path, LANDMARKS)
    frames = [
        (read_picture(demo_job.picture_path(int(number))), image, visibility)
        for number, image, visibility in zip(values["frames"], values["image"], values["visibility"], strict=True)
    ]
    height = float(np.ptp(values["image"][0][:, 1]))
    assert not demo_job.shoes_path.exists()
    assert not wears_shoes(frames, height)
    for picture, image, _ in frames:
        for heel, toes in ((29, 31), (30, 32)):
            middle = np.round(image[[heel, toes]].mean(axis=0)).astype(int).tolist()
            cv2.circle(picture, tuple(middle), 15, (235, 238, 245), -1)
    assert wears_shoes(frames, height)

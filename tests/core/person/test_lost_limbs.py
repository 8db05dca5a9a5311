"""A limb that the landmarker loses for some frames is led over them; what the masks show stays."""

import numpy as np
import pytest

from core.person.lost_limbs import Loss, bridge, find_lost_limbs
from core.person.masks import body_size
from core.person.track import Track
from tests.core.posed_person import HEIGHT, WIDTH, Person, camera, pose, render_mask

RATE, COUNT = 30.0, 14
LEG, ARM_BEHIND = [26, 28, 30, 32], [14, 16, 18, 20]
RIGHT_HIP = 24
LOST = slice(5, 9)


def kick(time: float) -> Person:
    """The right leg kicks forward, seen from the side; its foot reaches 5 m/s."""
    swing = float(np.clip(time / 0.46, 0.0, 1.0))
    thigh = -30.0 + 110.0 * swing**2 * (3 - 2 * swing)
    return pose({"root": (0.0, 90.0, 0.0), "upperleg01.R": (thigh, 0.0, 0.0), "lowerleg01.R": (-20.0, 0.0, 0.0)})


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [kick(row / RATE) for row in range(COUNT)]


@pytest.fixture(scope="module")
def masks(people: list[Person]) -> list[np.ndarray]:
    return [render_mask(camera(), person.vertices).astype(np.uint8) * 255 for person in people]


def track_of(people: list[Person]) -> Track:
    """Their landmarks, off by a pixel."""
    view, noise = camera(), np.random.default_rng(0)
    landmarks = np.stack([person.landmarks for person in people])
    image = view.project(landmarks) + noise.normal(0.0, 1.0, (len(people), 33, 2))
    world = landmarks - landmarks[:, 23:25].mean(axis=1, keepdims=True)
    count = len(people)
    everywhere, nowhere = np.ones(count, bool), np.zeros(count, bool)
    times = np.arange(count) / RATE
    numbers = np.arange(count, dtype=np.int32)
    return Track(numbers, times, image, np.ones((count, 33)), world.astype(float), everywhere, nowhere)


def losing_the_leg(track: Track) -> Track:
    """For some frames the leg is taken for what is beside the raised hand, in the background."""
    shift = np.array([0.3, 0.1]) * HEIGHT
    track.image[LOST, LEG] = track.image[LOST, ARM_BEHIND] - shift
    track.world[LOST, LEG] = track.world[LOST, ARM_BEHIND]
    return track


def test_a_lost_leg_goes_on_between_the_frames_around(people: list[Person], masks: list[np.ndarray]) -> None:
    right, track = track_of(people), losing_the_leg(track_of(people))
    losses = find_lost_limbs(track, masks.__getitem__)
    assert [loss.root for loss in losses] == [RIGHT_HIP]
    assert losses[0].before < LOST.start and losses[0].after >= LOST.stop
    bridge(track, losses)
    away = np.linalg.norm(track.image - right.image, axis=2)
    assert away[LOST][:, LEG].max() < 0.1 * body_size(right.image[0])
    assert np.linalg.norm(track.world - right.world, axis=2)[LOST][:, LEG].max() < 0.15
    others = np.setdiff1d(np.arange(33), LEG)
    np.testing.assert_array_equal(track.image[:, others], right.image[:, others])


def test_a_kick_that_the_masks_show_is_left_alone(people: list[Person], masks: list[np.ndarray]) -> None:
    assert find_lost_limbs(track_of(people), masks.__getitem__) == []


def test_what_no_way_between_frames_explains_better_stays(people: list[Person], masks: list[np.ndarray]) -> None:
    """A mask that lacks the leg agrees with no landmarks of it."""
    view = camera()
    hips = view.project(np.stack([person.landmarks for person in people]))[:, 23:25, 1].mean()
    cut = [np.where(np.arange(HEIGHT)[:, None] < hips, mask, 0).astype(np.uint8) for mask in masks]
    assert find_lost_limbs(track_of(people), cut.__getitem__) == []


def test_nothing_is_led_over_long_or_missing_frames(people: list[Person], masks: list[np.ndarray]) -> None:
    track = losing_the_leg(track_of(people))
    track.times *= 4.0
    assert find_lost_limbs(track, masks.__getitem__) == []
    track = losing_the_leg(track_of(people))
    rows = [LOST.start, LOST.stop - 1]
    track.found[rows] = False
    track.image[rows] = track.world[rows] = np.nan
    bridge(track, [Loss(1.0, RIGHT_HIP, LOST.start - 1, LOST.stop)])
    assert np.isnan(track.image[rows]).all() and np.isfinite(np.delete(track.image, rows, axis=0)).all()


def test_nobody_has_no_limbs() -> None:
    track = track_of([pose({})] * 3)
    track.found[:] = False
    assert find_lost_limbs(track, lambda row: np.zeros((HEIGHT, WIDTH), np.uint8)) == []

"""With a step, frames between the chosen ones are followed as well, and nothing of them stays."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from core.job import remove_leftovers
from core.person.between import Between
from core.person.landmarker import Pose
from core.person.mirrored import MIRRORED
from core.person.track import TrackBuilder

PICTURE = np.full((12, 16, 3), 90, np.uint8)


def standing(left: float) -> Pose:
    """Somebody, `left` pixels from the left edge."""
    image = np.stack([np.tile([left, left + 20.0], 17)[:33], np.linspace(0, 200, 33)], axis=1).astype(np.float32)
    world = np.concatenate([image, np.zeros((33, 1))], axis=1).astype(np.float32) / 100
    return Pose(image, np.ones(33, np.float32), world, np.zeros((0, 0), np.float32))


@pytest.mark.parametrize(
    ("step", "rate", "followed"),
    [(1, 30.0, 1), (4, 30.0, 4), (6, 24.0, 1), (20, 60.0, 2), (12, 60.0, 3), (7, 30.0, 1), (3, 15.0, 1), (3, 5.0, 3)]
    + [(6, 0.0, 6)],
)
def test_frames_are_followed_in_small_steps_where_the_chosen_ones_are_far_apart(
    tmp_path: Path, step: int, rate: float, followed: int
) -> None:
    between = Between(tmp_path, slice(5, 90, step), rate)
    assert between.all == slice(5, 90, followed)
    numbers = range(*between.all.indices(90))
    assert [number for number in numbers if between.chosen(number)] == list(range(5, 90, step))


def _followed(between: Between, seen: dict[int, bool], rate: float) -> npt.NDArray[np.bool_]:
    builder = TrackBuilder()
    for number, there in seen.items():
        between.add(number, number / rate, PICTURE)
        builder.add(number, number / rate, standing(100.0 + number) if there else None)
    return between.without(builder.finish()).held


def test_pictures_between_are_there_until_nobody_needs_them(tmp_path: Path) -> None:
    between = Between(tmp_path, slice(0, 9, 4), 20.0)
    for number in range(0, 9, 2):
        between.add(number, number / 20, PICTURE)
    assert between.numbers.tolist() == [0, 2, 4, 6, 8] and between.times[1] == pytest.approx(0.1)
    assert abs(between.read(2).astype(int) - PICTURE).max() < 4
    assert len(list(tmp_path.rglob("*.jpg"))) == 2, "pictures of chosen frames are the job's"
    between.close()
    assert not list(tmp_path.rglob("*.jpg"))


def test_what_a_killed_run_left_behind_goes(tmp_path: Path) -> None:
    between = Between(tmp_path, slice(0, 9, 4), 20.0)
    between.add(2, 0.1, PICTURE)
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())
    between.close()


def test_a_chosen_frame_without_the_person_is_filled_from_frames_between(tmp_path: Path) -> None:
    seen = {0: True, 3: True, 6: False, 9: True, 12: True}
    assert _followed(Between(tmp_path, slice(0, None, 6), 24.0), seen, 24.0).tolist() == [False, True, False]


def test_before_the_first_chosen_frame_that_shows_the_person_nothing_is_filled(tmp_path: Path) -> None:
    seen = {0: False, 3: True, 6: False, 9: True, 12: True}
    assert not _followed(Between(tmp_path, slice(0, None, 6), 24.0), seen, 24.0).any()


def test_left_and_right_exchanged_in_one_chosen_frame_are_put_back(tmp_path: Path) -> None:
    step, rate, wrong_frame = 12, 30.0, 24
    right = standing(100.0)
    wrong = Pose(right.image[MIRRORED], right.visibility, right.world[MIRRORED], right.mask)
    between = Between(tmp_path, slice(0, None, step), rate)
    alone, followed = TrackBuilder(), TrackBuilder()
    for number in range(0, 61, 4):
        between.add(number, number / rate, PICTURE)
        pose = wrong if number == wrong_frame else right
        followed.add(number, number / rate, pose)
        if number % step == 0:
            alone.add(number, number / rate, pose)
    row = wrong_frame // step
    np.testing.assert_allclose(between.without(followed.finish()).image[row], right.image, atol=0.5)
    assert np.abs(alone.finish().image[row] - right.image).max() > 10

"""The crop: steady, large enough, and following the person's size instead of the pose."""

import numpy as np
import pytest

from core.person.crop import find_crops
from core.person.cut import unseen_part
from core.person.track import Track
from core.spaces import Crop

RATE = 30
# A standing body, metres, y up from the hips: MediaPipe's numbers of the joints that carry the stature.
STANDING = np.zeros((33, 3))
for landmark, place in {
    0: (0.0, 0.62, 0.1), 7: (0.08, 0.65, 0.0), 8: (-0.08, 0.65, 0.0), 11: (0.18, 0.48, 0.0), 12: (-0.18, 0.48, 0.0),
    15: (0.25, -0.05, 0.0), 16: (-0.25, -0.05, 0.0), 23: (0.1, 0.0, 0.0), 24: (-0.1, 0.0, 0.0),
    25: (0.1, -0.42, 0.0), 26: (-0.1, -0.42, 0.0), 27: (0.1, -0.84, 0.0), 28: (-0.1, -0.84, 0.0),
}.items():  # fmt: skip
    STANDING[landmark] = place
HEIGHT = 1.72  # metres, from the sole to the top of the head


def film(places: np.ndarray, sizes: np.ndarray, world: np.ndarray | None = None) -> tuple[Track, np.ndarray]:
    """A person whose hips are at `places` (N, 2) pixels with `sizes` (N,) pixels a metre; and the boxes (N, 4)."""
    count = len(places)
    world = np.repeat(STANDING[None], count, axis=0) if world is None else world
    image = places[:, None] + world[:, :, :2] * [1, -1] * sizes[:, None, None]
    boxes = np.concatenate([image.min(axis=1), image.max(axis=1)], axis=1)
    boxes[:, 1] -= 0.13 * sizes
    boxes[:, 3] += 0.08 * sizes
    found = np.ones(count, np.bool_)
    times = np.arange(count) / RATE
    numbers = np.arange(count, dtype=np.int32)
    return Track(numbers, times, image, np.ones((count, 33)), world, found, ~found), boxes


def test_a_standing_person_fills_four_fifths() -> None:
    track, boxes = film(np.tile([320.0, 240.0], (60, 1)), np.full(60, 150.0))
    for crop in find_crops(track, boxes).values():
        assert HEIGHT * 150 / crop.side == pytest.approx(0.8, abs=0.04)
        assert crop.centre == pytest.approx(tuple((boxes[0, :2] + boxes[0, 2:]) / 2))


def test_crouching_leaves_the_side_alone() -> None:
    crouch = STANDING.copy()
    crouch[[27, 28], 1] = -0.4
    crouch[[25, 26]] += [0.0, 0.25, 0.35]
    world = np.repeat(STANDING[None], 120, axis=0)
    world[60:] = crouch
    track, boxes = film(np.tile([320.0, 240.0], (120, 1)), np.full(120, 150.0), world)
    sides = np.array([crop.side for crop in find_crops(track, boxes).values()])
    assert np.ptp(sides) < 0.02 * sides.mean()


def test_nothing_is_cut_and_the_square_moves_gently() -> None:
    time = np.arange(150) / RATE
    # Runs to and fro, comes closer, and stretches one arm out for a moment.
    places = np.stack([600 + 300 * np.sin(2 * time), 300 + 10 * np.sin(15 * time)], axis=1)
    world = np.repeat(STANDING[None], 150, axis=0)
    world[70:75, 15] = [1.5, 0.5, 0.0]
    track, boxes = film(places, 150 + 20 * time, world)
    crops = find_crops(track, boxes)
    assert list(crops) == list(range(150))
    for number, crop in crops.items():
        low, high = np.array(crop.centre) - crop.side / 2, np.array(crop.centre) + crop.side / 2
        assert (boxes[number, :2] >= low).all()
        assert (boxes[number, 2:] <= high).all()
    sides = np.array([crop.side for crop in crops.values()])
    assert (np.abs(np.diff(sides)) / sides[1:]).max() < 0.03


def test_a_steady_walk_is_followed_without_lag() -> None:
    places = np.stack([100 + 4.0 * np.arange(120), np.full(120, 300.0)], axis=1)
    track, boxes = film(places, np.full(120, 150.0))
    centres = np.array([crop.centre[0] for crop in find_crops(track, boxes).values()])
    assert np.allclose(centres, places[:, 0], atol=0.5)


def test_frames_without_a_person_have_no_crop() -> None:
    track, boxes = film(np.tile([320.0, 240.0], (20, 1)), np.full(20, 150.0))
    track.found[5:9] = False
    track.image[5:9] = np.nan
    boxes[5:9] = np.nan
    crops = find_crops(track, boxes)
    assert sorted(crops) == [0, 1, 2, 3, 4, *range(9, 20)]
    assert all(np.isfinite([*crop.centre, crop.side]).all() for crop in crops.values())


def test_where_the_picture_cuts_the_person_off_the_mask_says_nothing() -> None:
    crop = Crop((50.0, 80.0), 100.0)
    mask = np.zeros((100, 100), np.float32)
    # The picture ends at y = 100, which is row 70 of the crop; the mask goes down to it.
    mask[20:70, 40:60] = 1.0
    unseen = unseen_part(mask, crop, (100, 100))
    assert unseen[70:].all()
    assert not unseen[:70].any()
    mask[60:] = 0.0
    assert not unseen_part(mask, crop, (100, 100)).any()

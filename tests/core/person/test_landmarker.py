"""The landmarker gives the same results with every mediapipe that it runs on."""

from pathlib import Path

import numpy as np

from core.clip import read_frames
from core.job import file_hash
from core.person.bundle import BUNDLE_PATH
from core.person.landmarker import LONGEST_SIDE, PoseLandmarker, reduce_picture

DEMO = Path(__file__).parents[3] / "demo" / "balance.mp4"
# Found by mediapipe 0.10.21 in frame 20 of the demo, image pixels; the man is 428 px high. 1.2.2 differs by 0.7 px on
# average, and by 2.0 px at the 95th percentile.
EXPECTED = {
    0: (241, 306), 11: (246, 388), 12: (333, 332), 15: (236, 550), 16: (363, 351),
    23: (308, 503), 24: (358, 487), 27: (311, 662), 28: (387, 657),
}  # fmt: skip
EXPECTED_MASK_PIXELS = 33443


def test_landmarks_and_mask_are_those_of_every_version() -> None:
    with PoseLandmarker() as landmarker:
        for frame in read_frames(DEMO, slice(0, 21, 2)):
            pose = landmarker.find(frame.picture, frame.time)
    assert pose is not None
    found = pose.image[list(EXPECTED)]
    assert np.linalg.norm(found - np.array(list(EXPECTED.values())), axis=1).max() < 4.0
    assert pose.mask.shape == (960, 544)
    assert abs((pose.mask > 0.5).sum() / EXPECTED_MASK_PIXELS - 1.0) < 0.03
    # His left ankle carries him: below the hips, and by its z further from the camera than they are.
    assert np.allclose(pose.world[27], [-0.07, -0.58, -0.38], atol=0.05)


def test_after_a_long_step_the_search_starts_anew() -> None:
    """Where the person was seconds ago says nothing: a frame after a jump is seen as if it were the first one."""
    first, later = (next(iter(read_frames(DEMO, slice(number, number + 1)))).picture for number in (0, 99))
    with PoseLandmarker() as landmarker:
        alone = landmarker.find(later, 0.0)
    with PoseLandmarker() as landmarker:
        landmarker.find(first, 0.0)
        jumped = landmarker.find(later, 1.0)
    assert alone is not None
    assert jumped is not None
    assert np.array_equal(jumped.image, alone.image)
    with PoseLandmarker() as landmarker:
        landmarker.find(first, 0.0)
        followed = landmarker.find(later, 0.1)
    assert followed is not None
    assert not np.array_equal(followed.image, alone.image)


def test_nobody_in_an_empty_picture() -> None:
    with PoseLandmarker() as landmarker:
        assert landmarker.find(np.full((240, 320, 3), 128, np.uint8), 0.0) is None


def test_pictures_only_get_smaller() -> None:
    assert reduce_picture(np.zeros((2000, 1000, 3), np.uint8), LONGEST_SIDE).shape == (960, 480, 3)
    assert reduce_picture(np.zeros((20, 10, 3), np.uint8), LONGEST_SIDE).shape == (20, 10, 3)


def test_the_bundle_is_the_one_that_its_card_names() -> None:
    card = (BUNDLE_PATH.parent / "README.md").read_text(encoding="utf-8")
    assert file_hash(BUNDLE_PATH) in card

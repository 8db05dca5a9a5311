"""Hands are found in the bundled clip, on their own side, and where the square of an arm is turned to."""

import numpy as np

from core.arrays import LANDMARKS, read_arrays
from core.hands.files import ClipHands
from core.hands.network import SIZE, HandLandmarker, closer_square
from core.job import Job
from core.picture import read_picture


def test_a_square_is_upright_along_the_hand() -> None:
    """The fingers point up in it, wherever they point in the picture."""
    for direction in ([0, -1], [1, 0], [0.6, 0.8], [-1, 0.2]):
        way = np.array(direction) / np.linalg.norm(direction)
        across = np.array([-way[1], way[0]])
        hand = np.array([[300, 200]] + [[0, 0]] * 20, np.float32)
        for finger, side in enumerate(range(-2, 3)):
            for joint in range(4):
                hand[1 + 4 * finger + joint] = hand[0] + way * (40 + 15 * joint) + across * side * 10
        square = closer_square(hand)
        inverse = np.linalg.inv(np.vstack([square.to_image(SIZE), [0, 0, 1]]))
        seen = hand @ inverse[:2, :2].T + inverse[:2, 2]
        assert (seen > 0).all()
        assert (seen < SIZE).all()
        assert seen[12, 1] < seen[9, 1] < seen[0, 1]
        assert abs(seen[12, 0] - seen[0, 0]) < 1e-3 * SIZE


def test_hands_of_the_demo(demo_job: Job) -> None:
    hands = ClipHands.read(demo_job)
    assert hands is not None
    landmarks = read_arrays(demo_job.landmarks_path, LANDMARKS)
    np.testing.assert_array_equal(hands.frames, landmarks["frames"])
    assert hands.trust.max() > 0.6
    frame, side = np.unravel_index(hands.trust.argmax(), hands.trust.shape)
    wrist = landmarks["image"][frame, 15 + side]
    forearm = np.linalg.norm(wrist - landmarks["image"][frame, 13 + side])
    assert np.linalg.norm(hands.image[frame, side, 0] - wrist) < 0.4 * forearm
    length = np.linalg.norm(hands.world[frame, side, 12] - hands.world[frame, side, 0])
    assert 0.05 < length < 0.25


def test_the_mirrored_picture_has_the_other_hand(demo_job: Job) -> None:
    hands = ClipHands.read(demo_job)
    assert hands is not None
    frame, side = np.unravel_index(hands.trust.argmax(), hands.trust.shape)
    picture = read_picture(demo_job.picture_path(int(hands.frames[frame])))
    image = read_arrays(demo_job.landmarks_path, LANDMARKS, "image")["image"][frame].copy()
    swapped = np.arange(33)
    for left, right in ((13, 14), (15, 16), (17, 18), (19, 20)):
        swapped[[left, right]] = right, left
    mirrored = (image * [-1, 1] + [picture.shape[1], 0])[swapped].astype(np.float32)
    landmarker = HandLandmarker()
    other = landmarker.find(np.ascontiguousarray(picture[:, ::-1]), mirrored)[1 - side]
    same = landmarker.find(picture, image)[side]
    assert other.trust > 0.4
    np.testing.assert_allclose(other.image[:, 0], picture.shape[1] - same.image[:, 0], atol=8)

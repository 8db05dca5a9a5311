"""The track: repairs, gaps and smoothing, on the motion of a body whose true path is known."""

import numpy as np
import pytest

from core.person.flips import ARMS, LEGS
from core.person.landmarker import Pose
from core.person.mirrored import MIRRORED
from core.person.track import Track, TrackBuilder

BODY = np.random.default_rng(3).uniform(0, 1, (33, 3)) * [0.5, 1.7, 0.2]
# Shoulders and hips where a body has them, facing the camera.
BODY[[11, 12, 23, 24]] = [[0.45, 1.4, 0.1], [0.05, 1.4, 0.1], [0.38, 0.9, 0.1], [0.12, 0.9, 0.1]]


def pose_at(time: float, swing: float = 0.0) -> Pose:
    """A body that walks 200 pixels a second and swings its right hand (landmark 16) up and down."""
    image = BODY[:, :2] * 300 + [100 + 200 * time, 50]
    image[16, 1] += swing * np.sin(2 * np.pi * 2 * time)
    return Pose(
        image=image.astype(np.float32),
        visibility=np.linspace(0.1, 1, 33).astype(np.float32),
        world=BODY.astype(np.float32),
        mask=np.zeros((4, 4), np.float32),
    )


def build(poses: list[Pose | None], times: np.ndarray, steadiness: float = 1.0) -> Track:
    builder = TrackBuilder()
    for number, (pose, time) in enumerate(zip(poses, times, strict=True)):
        builder.add(number, float(time), pose)
    return builder.finish(steadiness)


def test_a_short_gap_is_filled_and_marked() -> None:
    times = np.arange(30) / 30
    poses: list[Pose | None] = [pose_at(time) for time in times]
    poses[10:14] = [None] * 4
    track = build(poses, times)
    assert np.flatnonzero(track.held).tolist() == [10, 11, 12, 13]
    assert track.present.all()
    for row in range(10, 14):
        assert np.allclose(track.image[row], pose_at(times[row]).image, atol=0.5)


def test_a_long_gap_and_the_ends_stay_empty() -> None:
    times = np.arange(60) / 30
    poses: list[Pose | None] = [pose_at(time) for time in times]
    poses[:3] = [None] * 3
    poses[20:40] = [None] * 20
    poses[58:] = [None] * 2
    track = build(poses, times)
    assert not track.held.any()
    assert np.flatnonzero(~track.present).tolist() == [0, 1, 2, *range(20, 40), 58, 59]
    assert np.isnan(track.image[30]).all()


def test_one_lost_frame_is_filled_at_a_low_frame_rate_too() -> None:
    times = np.arange(6) / 2
    poses: list[Pose | None] = [pose_at(time) for time in times]
    poses[3] = None
    assert np.flatnonzero(build(poses, times).held).tolist() == [3]


def test_a_left_right_swap_of_one_frame_is_undone() -> None:
    times = np.arange(20) / 30
    poses = [pose_at(time) for time in times]
    right = poses[9]
    poses[9] = Pose(right.image[MIRRORED], right.visibility[MIRRORED], right.world[MIRRORED], right.mask)
    track = build(list(poses), times)
    assert np.allclose(track.image[9], right.image, atol=0.5)
    assert np.allclose(track.world[9], right.world, atol=1e-3)
    assert np.allclose(track.visibility[9], right.visibility)
    assert not track.held.any()


def test_of_somebody_seen_from_aside_the_frame_before_the_last_is_put_right_and_not_the_last() -> None:
    """Left and right lie on each other in the picture; depth tells which frame is exchanged."""
    from_aside = symmetric_body()[:, [2, 1, 0]].astype(np.float32)
    image = (from_aside[:, :2] * 300 + [300, 50]).astype(np.float32)
    ones, mask = np.ones(33, np.float32), np.zeros((4, 4), np.float32)
    poses = [Pose(image, ones, from_aside, mask)] * 20
    poses[18] = Pose(image[MIRRORED], ones, from_aside[MIRRORED], mask)
    track = build(list(poses), np.arange(20) / 30)
    assert np.abs(track.world - from_aside).max() < 0.01


def symmetric_body() -> np.ndarray:
    symmetric = BODY.copy()
    symmetric[MIRRORED] = BODY * [-1, 1, 1] + [0.5, 0, 0]
    return (BODY + symmetric) / 2


def test_an_exchange_of_many_frames_is_undone_and_a_turn_is_not() -> None:
    times = np.arange(60) / 30
    # Turns half round in half a second from frame 30 on, about the vertical through the hips.
    angles = np.pi * np.clip((times - 1.0) / 0.5, 0.0, 1.0)
    middle = np.array([0.25, 0.0, 0.0])
    body = symmetric_body()
    poses = []
    for angle in angles:
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
        world = ((body - middle) @ turn.T).astype(np.float32)
        image = (world[:, :2] * 300 + [300, 50]).astype(np.float32)
        poses.append(Pose(image, np.ones(33, np.float32), world, np.zeros((4, 4), np.float32)))
    true = [pose.image for pose in poses]
    for row in range(5, 20):
        pose = poses[row]
        poses[row] = Pose(pose.image[MIRRORED], pose.visibility[MIRRORED], pose.world[MIRRORED], pose.mask)
    track = build(list(poses), times)
    assert not track.held.any()
    assert np.abs(track.image - np.array(true)).max() < 12.0


@pytest.mark.parametrize(("exchanged", "kept"), [(range(5, 20), LEGS), (range(12, 13), np.concatenate([ARMS, LEGS]))])
def test_a_trunk_goes_with_its_limbs(exchanged: range, kept: np.ndarray) -> None:
    """Of somebody whose left and right are exchanged, one frame has the limbs right that are `kept`."""
    world = symmetric_body().astype(np.float32)
    image = (world[:, :2] * 300 + [300, 50]).astype(np.float32)
    right = Pose(image, np.ones(33, np.float32), world, np.zeros((4, 4), np.float32))
    wrong = Pose(image[MIRRORED], right.visibility, world[MIRRORED], right.mask)
    names = MIRRORED.copy()
    names[kept] = kept
    poses = [wrong if row in exchanged else right for row in range(60)]
    poses[12] = Pose(image[names], right.visibility, world[names], right.mask)
    track = build(list(poses), np.arange(60) / 30)
    assert not track.held.any()
    assert np.abs(track.image - image).max() < 1.0


def test_a_twisted_body_is_not_believed() -> None:
    times = np.arange(20) / 30
    poses: list[Pose | None] = [pose_at(time) for time in times]
    true = poses[9]
    assert true is not None
    world = true.world.copy()
    world[[11, 12]] = world[[12, 11]]
    poses[9] = Pose(true.image, true.visibility, world, true.mask)
    track = build(poses, times)
    assert np.flatnonzero(track.held).tolist() == [9]
    assert np.allclose(track.world[9], true.world, atol=1e-3)


def test_a_jump_of_one_frame_is_replaced() -> None:
    times = np.arange(20) / 30
    poses = [pose_at(time) for time in times]
    true = poses[9]
    poses[9] = Pose(true.image + 400, true.visibility, true.world, true.mask)
    track = build(list(poses), times)
    assert np.flatnonzero(track.held).tolist() == [9]
    assert np.allclose(track.image[9], true.image, atol=0.5)


def test_legs_with_each_others_names_get_their_own() -> None:
    times = np.arange(40) / 30
    legs = np.arange(25, 33)
    true = [pose_at(time) for time in times]
    poses = list(true)
    for row in range(12, 24):
        image, visibility, world = true[row].image.copy(), true[row].visibility.copy(), true[row].world.copy()
        for values in (image, visibility, world):
            values[legs] = values[MIRRORED[legs]]
        poses[row] = Pose(image, visibility, world, true[row].mask)
    track = build(list(poses), times)
    assert not track.held.any()
    for row in range(12, 24):
        assert np.allclose(track.image[row], true[row].image, atol=0.5)
        assert np.allclose(track.visibility[row], true[row].visibility)


def test_mirrored_exchanges_pairs() -> None:
    assert np.array_equal(MIRRORED[MIRRORED], np.arange(33))
    # MediaPipe numbers left shoulder 11 and right shoulder 12, left and right ankle 27 and 28.
    assert (MIRRORED[11], MIRRORED[28], MIRRORED[0]) == (12, 27, 0)


def test_smoothing_takes_noise_away_and_keeps_a_fast_swing() -> None:
    times = np.arange(90) / 30
    true = [pose_at(time, swing=60) for time in times]
    noise = np.random.default_rng(5).normal(0, 2, (90, 33, 2))
    noisy = [
        Pose(p.image + n.astype(np.float32), p.visibility, p.world, p.mask) for p, n in zip(true, noise, strict=True)
    ]
    track = build(list(noisy), times)
    expected = np.array([pose.image for pose in true])
    error = track.image - expected
    assert np.sqrt((error**2).mean()) < 0.85 * np.sqrt((noise**2).mean())
    # No lag: the swing's phase is that of the truth.
    hand, truth = track.image[:, 16, 1], expected[:, 16, 1]
    shifts = {shift: np.abs(hand[5 + shift : 85 + shift] - truth[5:85]).mean() for shift in (-1, 0, 1)}
    assert min(shifts, key=lambda shift: shifts[shift]) == 0
    assert np.ptp(hand) == pytest.approx(np.ptp(truth), rel=0.1)


def test_steadiness_says_how_much_is_smoothed() -> None:
    times = np.arange(60) / 30
    true = np.array([pose_at(time).image for time in times])
    noise = np.random.default_rng(5).normal(0, 2, true.shape).astype(np.float32)
    noisy: list[Pose | None] = [
        Pose(image, pose_at(time).visibility, pose_at(time).world, pose_at(time).mask)
        for image, time in zip(true + noise, times, strict=True)
    ]
    assert np.array_equal(build(noisy, times, 0.0).image, true + noise)
    errors = [np.abs(build(noisy, times, steadiness).image - true).mean() for steadiness in (0.0, 0.5, 1.0, 2.0)]
    assert sorted(errors, reverse=True) == errors and errors[-1] < 0.7 * errors[1]


def test_nobody_anywhere() -> None:
    track = build([None, None], np.array([0.0, 0.1]))
    assert not track.present.any()

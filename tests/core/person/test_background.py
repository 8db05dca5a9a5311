"""A person who walks past a wall: what a network adds to them and takes from them, and what the wall says of it."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from core.person.background import Background, Sight
from core.person.masks import BONES

HEIGHT, WIDTH, FRAMES = 240, 320, 12
SHIRT, TROUSERS, SKIN = (150, 60, 60), (40, 50, 90), (200, 150, 120)

Bytes = npt.NDArray[np.uint8]


def wall(seed: int = 0) -> Bytes:
    """(H, W, 3) blocks of many colours."""
    blocks = np.random.default_rng(seed).integers(40, 220, (12, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(blocks, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST), np.uint8)


def landmarks(x: float) -> npt.NDArray[np.float64]:
    """(33, 2) of somebody who stands upright at x with an arm stretched out to the right."""
    points = np.full((33, 2), [x, 40.0])
    places = {11: (10, 65), 12: (-10, 65), 13: (30, 70), 14: (-18, 95), 15: (55, 72), 16: (-20, 120), 23: (8, 125)}
    places |= {24: (-8, 125), 25: (10, 165), 26: (-10, 165), 27: (10, 205), 28: (-10, 205)}
    places |= {29: (8, 210), 30: (-12, 210), 31: (18, 212), 32: (-2, 212), 19: (64, 72), 20: (-20, 128)}
    for landmark, place in places.items():
        points[landmark] = x + place[0], place[1]
    for finger, like in ((17, 19), (18, 20), (21, 19), (22, 20)):
        points[finger] = points[like]
    return points


def person(x: float, behind: Bytes, shirt: tuple[int, int, int] = SHIRT) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """The picture, and where in it the person is."""
    picture, mask, points = behind.copy(), np.zeros((HEIGHT, WIDTH), np.uint8), landmarks(x).astype(int)
    for a, b in BONES:
        colour = SKIN if min(a, b) == 0 or max(a, b) in (15, 16, 19, 20) else TROUSERS if min(a, b) >= 23 else shirt
        for canvas, value in ((picture, colour), (mask, (1,))):
            cv2.line(canvas, tuple(map(int, points[a])), tuple(map(int, points[b])), value, 15)
    return picture, mask > 0


def soft(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2.0), np.float32)


def clip(behind: Bytes | None = None, moving: int = 0, shirt: tuple[int, int, int] = SHIRT) -> Iterator[Sight]:
    """Frames of the walk, with a camera's noise; moving: pixels that the picture slides from frame to frame."""
    noise = np.random.default_rng(1)
    for frame in range(FRAMES):
        x = 60.0 + 15.0 * frame
        picture, mask = person(x, np.roll(wall() if behind is None else behind, moving * frame, axis=1), shirt)
        noisy = np.clip(picture + noise.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
        yield Sight(noisy, soft(mask), landmarks(x))


def known(sights: Iterator[Sight]) -> Background:
    background = Background.of(sights)
    assert background is not None
    return background


def test_what_the_network_takes_along_is_given_back_and_a_lost_hand_found() -> None:
    picture, truth = person(135.0, wall())
    mask = soft(truth)
    mask[70:120, 146:166] = np.maximum(mask[70:120, 146:166], 0.97)
    hand = truth.copy()
    hand[:, :182] = False
    mask[hand] = 0.3
    corrected = known(clip()).corrected(Sight(picture, mask, landmarks(135.0))) > 0.5
    bag = np.zeros_like(truth)
    bag[70:118, 148:164] = cv2.dilate(truth.astype(np.uint8), np.ones((7, 7), np.uint8))[70:118, 148:164] == 0
    assert corrected[bag].mean() < 0.02
    assert corrected[cv2.erode(hand.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0].mean() > 0.98
    assert (corrected ^ truth).sum() < 0.3 * ((mask > 0.5) ^ truth).sum()


@pytest.mark.parametrize("exposure", [0.85, 1.0, 1.15])
def test_the_wall_is_known_in_every_exposure(exposure: float) -> None:
    picture, truth = person(135.0, wall())
    bright = np.clip(picture * exposure, 0, 255).astype(np.uint8)
    evidence = known(clip()).evidence(Sight(bright, soft(truth), landmarks(135.0)))
    inner = cv2.erode(truth.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    outer = cv2.dilate(truth.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    assert (evidence[outer] < -1.0).mean() > 0.97
    assert (evidence[inner] > 1.0).mean() > 0.97


def test_a_shadow_on_the_floor_is_no_shoe() -> None:
    picture, truth = person(135.0, wall())
    shadow = np.zeros_like(truth)
    shadow[206:222, 120:175] = True
    shadow &= ~truth
    picture[shadow] = (picture[shadow] * 0.5).astype(np.uint8)
    mask = np.where(shadow, 0.3, soft(truth)).astype(np.float32)
    corrected = known(clip()).corrected(Sight(picture, mask, landmarks(135.0)))
    inner = cv2.erode(shadow.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert (corrected[inner] > 0.5).mean() < 0.1


def test_a_shirt_of_the_walls_colour_stays() -> None:
    """What looks alike says nothing, and the network is sure of it."""
    plain = np.full((HEIGHT, WIDTH, 3), SHIRT, np.uint8)
    picture, truth = person(135.0, plain)
    mask = soft(truth)
    corrected = known(clip(plain)).corrected(Sight(picture, mask, landmarks(135.0)))
    assert (corrected > 0.5)[truth & (mask > 0.9)].mean() > 0.99


def test_what_passes_behind_the_person_is_not_added() -> None:
    """Somebody else's leg, in the same trousers, away from every limb."""
    picture, truth = person(135.0, wall())
    picture[100:200, 240:256] = TROUSERS
    mask = soft(truth)
    mask[100:200, 240:256] = 0.3
    corrected = known(clip()).corrected(Sight(picture, mask, landmarks(135.0)))
    assert not (corrected[105:195, 244:252] > 0.5).any()


def test_masks_of_any_size_are_corrected() -> None:
    picture, truth = person(135.0, wall())
    mask = np.asarray(cv2.resize(soft(truth), (WIDTH // 2, HEIGHT // 2)), np.float32)
    assert known(clip()).corrected(Sight(picture, mask, landmarks(135.0))).shape == mask.shape


def test_who_is_outside_the_picture_stays_there() -> None:
    nobody = np.zeros((HEIGHT, WIDTH), np.float32)
    assert not known(clip()).corrected(Sight(wall(), nobody, landmarks(-500.0))).any()


def test_nothing_is_known_of_a_moving_or_a_short_clip() -> None:
    assert Background.of(clip(moving=23)) is None
    assert Background.of(sight for sight, _ in zip(clip(), range(2), strict=False)) is None


def turned(degrees: float) -> npt.NDArray[np.float64]:
    """The turn of a camera that looks so far to the left."""
    return np.asarray(cv2.Rodrigues(np.array([0.0, np.radians(degrees), 0.0]))[0], np.float64)


def seen_by(turn: npt.NDArray[np.float64], wide: Bytes) -> Bytes:
    """The part of a wide wall that a turned camera sees whose lens is as long as its picture is wide."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    rays = np.stack([columns + 0.5 - WIDTH / 2, HEIGHT / 2 - rows - 0.5, np.full(rows.shape, -WIDTH)], axis=-1) @ turn.T
    flat = rays[..., :2] / -rays[..., 2:] * WIDTH
    x, y = flat[..., 0] + wide.shape[1] / 2 - 0.5, wide.shape[0] / 2 - 0.5 - flat[..., 1]
    return np.asarray(cv2.remap(wide, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR), np.uint8)


def test_a_camera_that_turns_knows_the_wall_as_well() -> None:
    """Followed by the camera the person hardly moves in the picture, but the wall does."""
    blocks = np.random.default_rng(5).integers(40, 220, (15, 40, 3)).astype(np.uint8)
    wide = np.asarray(cv2.resize(blocks, (2 * WIDTH, HEIGHT + 60), interpolation=cv2.INTER_CUBIC), np.uint8)

    def sights(turns: list[npt.NDArray[np.float64]], told: bool) -> Iterator[Sight]:
        for turn in turns:
            picture, mask = person(150.0, seen_by(turn, wide))
            yield Sight(picture, soft(mask), landmarks(150.0), turn if told else None)

    turns = [turned(degrees) for degrees in np.linspace(15.0, -15.0, FRAMES)]
    background = known(sights(turns, told=True))
    picture, truth = person(150.0, seen_by(turns[5], wide))
    mask = soft(truth)
    mask[70:120, 161:181] = np.maximum(mask[70:120, 161:181], 0.97)
    corrected = background.corrected(Sight(picture, mask, landmarks(150.0), turns[5])) > 0.5
    assert (corrected ^ truth).sum() < 0.3 * ((mask > 0.5) ^ truth).sum()
    assert Background.of(sights(turns, told=False)) is None

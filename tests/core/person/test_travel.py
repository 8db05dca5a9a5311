"""Whether a camera travels: pictures of a wall and a fence, and points of a room, seen on known ways."""

import cv2
import numpy as np
import pytest

from core.clip import read_frames
from core.person.camera_turns import CameraTurns
from core.person.tracks import TrackedBackground, Tracks
from core.person.travel import key_pictures, parts, strays, table, travels
from tests.core.person.test_camera_turns import DEMO, MAN, rotation, turned

FRAMES, TREMBLE = 40, 0.15 / 640


def seen_from(place: np.ndarray, turn: np.ndarray, pictures: list[np.ndarray]) -> np.ndarray:
    """A wall 8 m away and a fence half as far, pictures on both, (360, 640, 3) through a camera at a place, metres."""
    view = np.full((360, 640, 3), 90, np.uint8)
    camera = np.array([[640.0, 0, -320], [0, -640.0, -180], [0, 0, -1.0]])
    corners = [np.array([-8, 5, -8.0]), np.array([-8, -0.2, -4.0])]
    for picture, corner, tall in zip(pictures, corners, (10.0, 2.0), strict=True):
        height, width = picture.shape[:2]
        plane = np.stack([[16 / width, 0, 0], np.array([0, -tall / height, 0]), corner - place], axis=1)
        seen = camera @ turn.T @ plane
        shown = cv2.warpPerspective(np.full((height, width), 255, np.uint8), seen, (640, 360)) > 0
        view[shown] = cv2.warpPerspective(picture, seen, (640, 360))[shown]
    return view


def followed(pictures: list[np.ndarray], person: np.ndarray | None = None) -> tuple[CameraTurns, Tracks]:
    turns, background = CameraTurns(), TrackedBackground()
    for number, picture in enumerate(pictures):
        turns.add(number, picture, person)
        background.add(number, picture, person)
    return turns, background.finish()


@pytest.mark.parametrize(
    ("metres", "degrees", "expected"),
    [((1.0, 0, 0), 0, True), ((0, 0, -2.0), 0, True), ((1.5, 0, 0), 12, True), ((0, 0, 0), 10, False)],
    ids=["sideways", "forwards", "around", "only turning"],
)
def test_a_camera_that_travels_is_told_from_one_that_turns(
    metres: tuple[float, float, float], degrees: float, expected: bool
) -> None:
    first = next(iter(read_frames(DEMO, slice(0, 1)))).picture
    walls = [np.hstack([first, first[:, ::-1], first]), np.tile(first[200:500], (1, 3, 1))]
    shares = np.linspace(0, 1, 30)
    views = [seen_from(share * np.array(metres), rotation(share * degrees, 0, 0), walls) for share in shares]
    assert travels(*followed(views)) == expected


def test_a_man_who_balances_before_a_hand_held_camera_is_no_travel() -> None:
    frames = list(read_frames(DEMO, slice(0, 100, 4)))
    shaken = [
        turned(frame.picture, rotation(5 * np.sin(row), 2 * np.sin(1.7 * row), 1.5 * np.sin(0.6 * row)), 1080.0)
        for row, frame in enumerate(frames)
    ]
    assert not travels(*followed([frame.picture for frame in frames], MAN))
    assert not travels(*followed(shaken, MAN))


def test_a_zoom_is_told_by_how_the_background_grows() -> None:
    picture = next(iter(read_frames(DEMO, slice(0, 1)))).picture
    height, width = picture.shape[:2]
    zoomed = [
        cv2.warpAffine(picture, cv2.getRotationMatrix2D((width / 2, height / 2), 0, scale), (width, height))
        for scale in np.geomspace(1.0, 1.3, 25)
    ]
    turns, background = followed(zoomed, MAN)
    assert turns.grows() and not parts(background)
    assert travels(turns, background)


def room(rng: np.random.Generator, count: int = 130) -> np.ndarray:
    """(N, 3) points on a wall, a floor and things in between; the camera begins at 0 and looks along -z, metres."""
    wall = np.column_stack([rng.uniform(-5, 5, count), rng.uniform(-1.4, 2.5, count), np.full(count, -8.0)])
    floor = np.column_stack([rng.uniform(-4, 4, count), np.full(count, -1.4), rng.uniform(-8, -2.5, count)])
    things = np.column_stack([rng.uniform(-3, 3, (count, 2)) * [1, 0.4], rng.uniform(-6.5, -4, count)])
    return np.concatenate([wall, floor, things])


def tracks(points: np.ndarray, turns: np.ndarray, places: np.ndarray, focal: float | np.ndarray = 1.0) -> Tracks:
    """What a camera sees of points (N, 3), or (F, N, 3) where they move, that trembles as measured corners do."""
    rng = np.random.default_rng(8)
    found = Tracks([], [], [])
    focals = np.broadcast_to(focal, len(turns))
    for frame, (turn, place) in enumerate(zip(turns, places, strict=True)):
        local = ((points[frame] if points.ndim == 3 else points) - place) @ turn
        flat = local[:, :2] / -local[:, 2:] * [1, -1] * focals[frame] + rng.normal(0, TREMBLE, (len(local), 2))
        seen = (local[:, 2] < -0.5) & (np.abs(flat) < [0.5, 0.375]).all(axis=1)
        found.numbers.append(2 * frame)
        found.names.append(np.flatnonzero(seen).astype(np.int32))
        found.places.append(flat[seen].astype(np.float32))
    return found


def way(metres: tuple[float, float, float], pan: float) -> tuple[np.ndarray, np.ndarray]:
    """Turns (F, 3, 3) and places (F, 3) from the first frame's axes: there evenly, a little trembling on top."""
    share = np.linspace(0, 1, FRAMES)
    places = share[:, None] * metres + 0.01 * np.sin(np.outer(np.arange(FRAMES), [0.9, 1.1, 0.7]))
    return np.stack([rotation(pan * s, 0.5 * np.sin(9 * s), 0.3 * np.sin(7 * s)) for s in share]), places


@pytest.mark.parametrize(
    ("metres", "pan"),
    [((1.0, 0, 0), 0), ((0, 0, -1.2), 0), ((1.5, 0.1, 0), 15), ((-0.6, 0, -0.6), -6)],
    ids=["sideways", "forwards", "around", "hand-held"],
)
def test_near_and_far_points_part_where_the_camera_goes(metres: tuple[float, float, float], pan: float) -> None:
    assert parts(tracks(room(np.random.default_rng(1)), *way(metres, pan)))


@pytest.mark.parametrize("focal", [1.0, 1.6, np.linspace(1.0, 1.4, FRAMES)], ids=["wide", "long", "zoom"])
def test_nothing_parts_where_it_turns_or_zooms_whatever_its_lens(focal: float | np.ndarray) -> None:
    turns, _ = way((0, 0, 0), 14)
    background = tracks(room(np.random.default_rng(1)), turns, np.zeros((FRAMES, 3)), focal)
    shares = strays(table(background, key_pictures(background)))
    assert len(shares) > 5 and np.quantile(shares, 0.75) < 0.1


def test_passers_by_before_a_turning_camera_are_no_travel() -> None:
    turns, _ = way((0, 0, 0), 14)
    points = np.repeat(room(np.random.default_rng(1))[None], FRAMES, axis=0)
    # A tenth of all walks to the left at 1.2 m/s.
    points[:, ::10, 0] -= np.linspace(0, 1.6, FRAMES)[:, None]
    assert not parts(tracks(points, turns, np.zeros((FRAMES, 3))))


def test_a_wall_alone_and_few_points_say_nothing() -> None:
    turns, places = way((1.0, 0, 0), 0)
    for points in (room(np.random.default_rng(1))[:130], room(np.random.default_rng(1))[:6], np.zeros((0, 3))):
        assert not parts(tracks(points, turns, places))


def test_points_that_are_soon_lost_leave_few_key_pictures() -> None:
    rng, background = np.random.default_rng(2), Tracks([], [], [])
    for number in range(300):
        background.numbers.append(number)
        background.names.append(np.arange(60 * number, 60 * number + 60, dtype=np.int32))
        background.places.append(rng.uniform(-0.5, 0.5, (60, 2)).astype(np.float32))
    assert 40 <= len(key_pictures(background)) <= 80
    assert not parts(background)


def test_no_point_is_taken_from_the_person() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    background = TrackedBackground()
    background.add(0, picture, np.array([[200, 100], [300, 400]] * 16 + [[200, 100]], np.float32))
    places = background.finish().places[0] * 640 + [320, 240]
    on_person = ((places > [200, 100]) & (places < [300, 400])).all(axis=1)
    assert len(places) > 100 and not on_person.any()

"""Where a camera went, from points of a room that it saw on a known way."""

from pathlib import Path

import numpy as np
import pytest

from core.camera_file import write_camera
from core.clip import read_frames
from core.errors import RestageError
from core.job import Job, JobRecord
from core.person.camera_path import CameraPath, find_path, read_path
from core.person.tracks import TrackedBackground
from core.settings import Settings
from tests.core.person.test_camera_turns import DEMO, rotation
from tests.core.person.test_travel import FRAMES, room, seen_from, tracks, way


def assert_same(path: CameraPath | None, turns: np.ndarray, places: np.ndarray) -> None:
    assert path is not None
    assert path.numbers == list(range(0, 2 * FRAMES, 2))
    true = (places - places[0]) @ turns[0]
    found = path.places * (np.sum(path.places * true) / np.sum(path.places**2))
    # Some hundredths of a metre on a way of one.
    assert np.linalg.norm(found - true, axis=1).max() < 0.03
    cosine = (np.einsum("fij,fij->f", turns[0].T @ turns, path.turns) - 1) / 2
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.3


@pytest.mark.parametrize(
    ("metres", "pan"),
    [((1.0, 0, 0), 0), ((0, 0, -1.2), 0), ((1.5, 0.1, 0), 15), ((-0.6, 0, -0.6), -6)],
    ids=["sideways", "forwards", "around", "hand-held"],
)
def test_the_way_and_the_turns_of_a_camera_that_travels_are_found(
    metres: tuple[float, float, float], pan: float
) -> None:
    turns, places = way(metres, pan)
    assert_same(find_path(tracks(room(np.random.default_rng(1)), turns, places)), turns, places)


@pytest.mark.parametrize("focal", [0.75, 1.4])
def test_another_lens_is_found_where_the_camera_also_turns(focal: float) -> None:
    turns, places = way((1.5, 0.1, 0), 15)
    path = find_path(tracks(room(np.random.default_rng(1)), turns, places, focal))
    assert path is not None
    # As a lens of length 1 would show it: depths are so many times less.
    true = (places - places[0]) @ turns[0] / [1.0, 1.0, focal]
    cosine = np.sum(path.places * true) / np.linalg.norm(path.places) / np.linalg.norm(true)
    assert cosine > 0.99


def test_passers_by_do_not_carry_the_camera_along() -> None:
    turns, places = way((1.0, 0, -0.3), 5)
    points = np.repeat(room(np.random.default_rng(1))[None], FRAMES, axis=0)
    # A tenth of all walks to the left at 1.2 m/s.
    points[:, ::10, 0] -= np.linspace(0, 1.6, FRAMES)[:, None]
    assert_same(find_path(tracks(points, turns, places)), turns, places)


@pytest.mark.parametrize("share", [0, 3, 5])
@pytest.mark.parametrize("focal", [0.8, 1.0, 1.4])
def test_a_camera_that_only_turns_has_no_path_whatever_its_lens_and_however_many_pass_by(
    share: int, focal: float
) -> None:
    turns, _ = way((0, 0, 0), 14)
    points = np.repeat(room(np.random.default_rng(1))[None], FRAMES, axis=0)
    if share:
        # Eight people, each at a pace of their own.
        paces = np.array([1.2, -0.9, 0.8, -1.4, 1.6, -1.1, 0.6, -0.7])[np.arange(points.shape[1]) // share % 8]
        points[:, ::share, 0] += (np.linspace(0, 1.4, FRAMES)[:, None] * paces)[:, ::share]
    assert find_path(tracks(points, turns, np.zeros((FRAMES, 3)), focal)) is None


def test_a_zoom_has_no_path() -> None:
    turns, _ = way((0, 0, 0), 5)
    focal = np.linspace(1.0, 1.4, FRAMES)
    assert find_path(tracks(room(np.random.default_rng(1)), turns, np.zeros((FRAMES, 3)), focal)) is None


def test_points_that_move_each_on_its_own_give_no_path() -> None:
    rng = np.random.default_rng(3)
    turns, places = way((0.3, 0, 0), 0)
    points = room(rng) + rng.normal(0, 0.05, (FRAMES, 390, 3)).cumsum(axis=0)
    assert find_path(tracks(points, turns, places)) is None


def test_a_wall_few_points_and_none_give_no_path() -> None:
    turns, places = way((1.0, 0, 0), 0)
    for points in (room(np.random.default_rng(1))[:130], room(np.random.default_rng(1))[:6], np.zeros((0, 3))):
        assert find_path(tracks(points, turns, places)) is None


def test_pictures_of_a_wall_and_a_fence_say_where_the_camera_went() -> None:
    first = next(iter(read_frames(DEMO, slice(0, 1)))).picture
    walls = [np.hstack([first, first[:, ::-1], first]), np.tile(first[200:500], (1, 3, 1))]
    background, true = TrackedBackground(), []
    for number in range(30):
        true.append(number / 29 * np.array([1.0, 0, -0.4]))
        background.add(number, seen_from(true[-1], rotation(4 * number / 29, 0, 0), walls), None)
    path = find_path(background.finish())
    assert path is not None
    size = np.sum(path.places * true) / np.sum(path.places**2)
    assert np.linalg.norm(size * path.places - true, axis=1).max() < 0.06


def test_a_path_is_read_for_another_lens(tmp_path: Path) -> None:
    job = Job(tmp_path, JobRecord("a", {}, Settings()))
    assert read_path(job, np.array([0]), 1.0) is None
    places = np.array([[0, 0, 0], [1, 2, 3], [4, 5, 6.0]])
    write_camera(job.camera_way_path, {0: np.eye(3), 2: rotation(3, 0, 0), 4: rotation(6, 0, 0)}, places)
    path = read_path(job, np.array([2, 4]), 1.5)
    assert path is not None
    np.testing.assert_allclose(path.places, [[1, 2, 4.5], [4, 5, 9]])
    np.testing.assert_allclose(path.turns, [rotation(2, 0, 0), rotation(4, 0, 0)], atol=1e-6)
    write_camera(job.camera_way_path, {0: np.eye(3)})
    with pytest.raises(RestageError, match="does not say where"):
        read_path(job, np.array([0]), 1.0)

"""A ball before a filmed body is told from the body, whose colours the clip knows; light, folds and arms are not."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.props.find import SIZE, find_thing
from core.render import MeshCaster, silhouette
from core.render.hits import Hits
from core.spaces import Crop
from tests.core.posed_person import camera, pose

SKIN, SHIRT, TROUSERS, GRASS, BALL = (205, 150, 120), (70, 90, 120), (25, 25, 40), (90, 130, 60), (235, 235, 230)


@pytest.fixture(scope="module")
def body() -> Hits:
    view = camera()
    pixels = view.project(pose({}).vertices)
    centre = (pixels.min(axis=0) + pixels.max(axis=0)) / 2
    crop = Crop((float(centre[0]), float(centre[1])), float(np.ptp(pixels[:, 1])) / 0.8)
    return MeshCaster(pose({}).vertices, BodyModel.load().triangles).render(view, SIZE, SIZE, crop)


@pytest.fixture(scope="module")
def memory() -> np.ndarray:
    model = BodyModel.load()
    wear = {"thigh": TROUSERS, "shin": TROUSERS, "upper_arm": SHIRT, "torso": SHIRT}
    colours = np.array([wear.get(name, SKIN) for name in model.part_names], np.float32)[model.parts]
    return np.concatenate([colours, np.ones((len(colours), 1))], axis=1).astype(np.float32)


def filmed(body: Hits, memory: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture of the dressed body on grass, and its mask."""
    picture = np.full((SIZE, SIZE, 3), GRASS, np.uint8)
    seen = silhouette(body)
    picture[seen] = body.interpolate(memory)[:, :3]
    return picture, seen


def disc(centre: tuple[int, int], radius: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.hypot(rows - centre[0], columns - centre[1]) < radius


def beside_the_thigh(body: Hits) -> tuple[int, int]:
    row = round(SIZE * 0.55)
    return row, int(np.flatnonzero(silhouette(body)[row])[-1])


def test_a_ball_half_beside_the_leg(body: Hits, memory: np.ndarray) -> None:
    picture, mask = filmed(body, memory)
    ball = disc(beside_the_thigh(body), 13)
    picture[ball] = BALL
    thing = find_thing(picture, mask | ball, body, memory)
    assert thing is not None
    assert (thing.seen & ball).sum() > 0.95 * ball.sum()
    assert (thing.seen & ~ball).sum() < 0.35 * ball.sum()
    np.testing.assert_array_equal(thing.hidden, thing.seen & silhouette(body))
    assert 0 < thing.hidden.sum() < thing.seen.sum()


def test_the_person_alone_has_no_thing_in_any_light(body: Hits, memory: np.ndarray) -> None:
    picture, mask = filmed(body, memory)
    for light in (0.5, 1.0, 1.2):
        assert find_thing(np.clip(picture * light, 0, 255).astype(np.uint8), mask, body, memory) is None


def test_a_limb_that_is_a_little_off_and_a_fold_are_no_things(body: Hits, memory: np.ndarray) -> None:
    picture, mask = filmed(body, memory)
    picture, mask = np.roll(picture, 5, axis=1), np.roll(mask, 5, axis=1)
    picture[120:124, 100:150][mask[120:124, 100:150]] = (10, 10, 15)
    assert find_thing(picture, mask, body, memory) is None


def test_what_the_clip_does_not_know_is_not_judged(body: Hits, memory: np.ndarray) -> None:
    picture, mask = filmed(body, memory)
    ball = disc(beside_the_thigh(body), 13)
    picture[ball] = BALL
    unknown = memory * np.array([1, 1, 1, 0], np.float32)
    assert find_thing(picture, mask | ball, body, unknown) is None


def test_another_coat_is_no_thing(body: Hits, memory: np.ndarray) -> None:
    """What covers most of the person is the person's."""
    picture, mask = filmed(body, memory)
    picture[60:200][mask[60:200]] = (200, 40, 40)
    assert find_thing(picture, mask, body, memory) is None

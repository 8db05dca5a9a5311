"""A ball before a filmed body is told from the body, whose colours the clip knows; light, folds and arms are not."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.props.find import find_thing
from core.props.palette import Palette
from core.props.thing import SIZE, Thing
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


def watch_and_ball(body: Hits, memory: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A picture of somebody with a white watch who holds a white ball there; its mask, the ball, and the memory, which
    knows the watch."""
    model = BodyModel.load()
    hand = silhouette(body) & (model.parts[body.faces[body.face, 0]] == model.part_names.index("hand"))
    rows, columns = np.nonzero(hand & (np.arange(SIZE) > SIZE // 2))
    place = int(np.median(rows)), int(np.median(columns))
    remembered = memory.copy()
    remembered[body.faces[body.face[disc(place, 3) & silhouette(body)]].ravel(), :3] = BALL
    picture, mask = filmed(body, remembered)
    ball = disc((place[0], place[1] + 12), 16)
    picture[ball] = BALL
    return picture, mask | ball, ball, remembered


def test_a_watch_does_not_explain_a_ball_of_its_colour_where_balls_are_known(body: Hits, memory: np.ndarray) -> None:
    picture, mask, ball, remembered = watch_and_ball(body, memory)
    elsewhere, plain = filmed(body, memory)
    other = disc((round(SIZE * 0.35), SIZE // 2), 13)
    elsewhere[other] = BALL
    certain = find_thing(elsewhere, plain | other, body, memory)
    assert certain is not None
    assert len(Palette.of([elsewhere], [certain]).colours) == 0, "a single frame may be wrong"
    palette = Palette.of([elsewhere] * 4, [certain, None, certain, certain])
    assert palette.largest == certain.seen.sum()
    with_palette = find_thing(picture, mask, body, remembered, palette=palette)
    assert with_palette is not None
    without = find_thing(picture, mask, body, remembered)
    missed = 0 if without is None else int((without.seen & ball).sum())
    assert (with_palette.seen & ball).sum() > 1.5 * missed
    assert (with_palette.seen & ~ball).sum() < 0.35 * ball.sum()


def of_balls(radius: int) -> Palette:
    """What a clip knows of balls."""
    ball = disc((100, 100), radius)
    return Palette.of([np.full((SIZE, SIZE, 3), BALL, np.uint8)] * 3, [Thing(ball, ball)] * 3)


def test_a_ball_is_found_whole_though_the_memory_of_the_leg_is_stained_by_it(body: Hits, memory: np.ndarray) -> None:
    place = beside_the_thigh(body)
    picture, mask = filmed(body, memory)
    ball = disc((place[0], place[1] - 4), 13)
    picture[ball] = BALL
    stained = memory.copy()
    stripe = disc((place[0], place[1] - 8), 3) & silhouette(body)
    stained[body.faces[body.face[stripe]].ravel(), :3] = BALL
    alone = find_thing(picture, mask | ball, body, stained)
    assert alone is None or (alone.seen & ball).sum() < 0.7 * ball.sum()
    thing = find_thing(picture, mask | ball, body, stained, palette=of_balls(13))
    assert thing is not None
    assert (thing.seen & ball).sum() > 0.95 * ball.sum()
    assert (thing.seen & ~ball).sum() < 0.35 * ball.sum()


def test_a_ball_at_a_shoe_of_its_colour(body: Hits, memory: np.ndarray) -> None:
    """The shoe explains the colour, but not that something is so thick."""
    model = BodyModel.load()
    shod = memory.copy()
    shod[model.of_parts("foot"), :3] = BALL
    picture, mask = filmed(body, shod)
    shoe = silhouette(body) & (picture == BALL).all(axis=2)
    rows, columns = np.nonzero(shoe)
    right = columns > SIZE / 2
    ball = disc((round(rows[right].mean()), int(columns[right].max()) + 10), 13)
    picture[ball] = BALL
    thing = find_thing(picture, mask | ball, body, shod, palette=of_balls(13))
    assert thing is not None
    assert (thing.seen & ball).sum() > 0.9 * ball.sum()
    assert (thing.seen & ~ball).sum() < 0.35 * ball.sum()
    shoes, plain = filmed(body, shod)
    assert find_thing(shoes, plain, body, shod, palette=of_balls(13)) is None


def test_a_palette_of_nothing_is_empty() -> None:
    nothing = Palette.of([], [])
    assert nothing.colours.shape == (0, 3)
    assert not nothing.like(np.zeros((4, 4, 3), np.uint8)).any()

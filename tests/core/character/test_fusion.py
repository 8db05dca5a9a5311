"""Many frames, each wrong in its own way, make one person."""

from pathlib import Path

import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.fusion import Displacements, fuse, moving, unfolded
from core.render import vertex_normals

MODEL = BodyModel.load()
NORMALS = vertex_normals(MODEL.mean_vertices, MODEL.triangles)
TORSO = (MODEL.parts == MODEL.part_names.index("torso")) & MODEL.exterior
FRONT = NORMALS[:, 2] > 0.3
COUNT, RATE = 16, 30.0


def clothes() -> np.ndarray:
    """(V, 3) two centimetres of cloth on the trunk."""
    return (0.02 * TORSO[:, None] * NORMALS).astype(np.float32)


def filmed(rng: np.random.Generator, folder: Path) -> Displacements:
    """Half of the frames see the front, half the back; all guess nonsense about the other side and tremble."""
    frames = Displacements.empty(np.arange(COUNT) / RATE, folder)
    for row in range(COUNT):
        seen = FRONT if row < COUNT // 2 else ~FRONT
        guess = np.where(seen[:, None], clothes(), -0.03 * NORMALS)
        frames.way[row] = guess + rng.normal(0, 0.002, guess.shape)
        frames.sure[row], frames.seen[row] = MODEL.exterior, seen
    return frames


def inner() -> np.ndarray:
    """The middle of the trunk, where cloth is even."""
    height = MODEL.mean_vertices[:, 1]
    return TORSO & (np.abs(height - height[TORSO].mean()) < 0.12)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Displacements:
    return filmed(np.random.default_rng(0), tmp_path_factory.mktemp("frames"))


def test_every_side_comes_from_the_frames_that_saw_it(frames: Displacements) -> None:
    thickness = (fuse(frames, MODEL.mean_vertices) * NORMALS).sum(axis=1)
    assert thickness[inner() & FRONT].mean() == pytest.approx(0.02, abs=0.002)
    assert thickness[inner() & ~FRONT].mean() == pytest.approx(0.02, abs=0.004)


def ball(shape: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A bulge of eight centimetres at a vertex of the body."""
    near = np.linalg.norm(MODEL.mean_vertices - where, axis=1) < 0.08
    return shape + 0.08 * near[:, None] * NORMALS


def test_a_ball_does_not_become_part_of_the_person(tmp_path: Path) -> None:
    front = np.flatnonzero(inner() & FRONT)
    where = MODEL.mean_vertices[front[np.argmax(MODEL.mean_vertices[front, 2])]]
    held = filmed(np.random.default_rng(0), tmp_path)
    for row in range(3, 6):
        held.way[row] = ball(held.way[row].astype(np.float32), where)
    template = fuse(held, MODEL.mean_vertices)
    at = np.linalg.norm(MODEL.mean_vertices - where, axis=1) < 0.06
    assert (template * NORMALS).sum(axis=1)[at].mean() < 0.025
    bulges = [(shape * NORMALS).sum(axis=1)[at].mean() for shape in moving(held, template)]
    assert max(bulges) < 0.03


@pytest.mark.parametrize(("lookers", "low", "high"), [(1, 0.015, 0.03), (3, 0.05, 0.11)])
def test_one_look_does_not_count_against_all_guesses_of_a_short_clip_but_a_few_do(
    tmp_path: Path, lookers: int, low: float, high: float
) -> None:
    back = np.flatnonzero(inner() & ~FRONT)
    where = MODEL.mean_vertices[back[np.argmin(MODEL.mean_vertices[back, 2])]]
    short = Displacements.empty(np.arange(28) / RATE, tmp_path)
    for row in range(28):
        looks = row < lookers
        short.way[row] = ball(clothes(), where) if looks else clothes()
        short.sure[row], short.seen[row] = MODEL.exterior, ~FRONT if looks else FRONT
    at = np.linalg.norm(MODEL.mean_vertices - where, axis=1) < 0.04
    assert low < (fuse(short, MODEL.mean_vertices) * NORMALS).sum(axis=1)[at & ~FRONT].mean() < high


def test_a_still_person_is_still_though_frames_tremble(frames: Displacements) -> None:
    shapes = np.stack(list(moving(frames, fuse(frames, MODEL.mean_vertices))))[: COUNT // 2, inner() & FRONT]
    given = frames.way[: COUNT // 2][:, inner() & FRONT].astype(np.float32)
    assert np.abs(np.diff(shapes, 2, axis=0)).mean() < 0.1 * np.abs(np.diff(given, 2, axis=0)).mean()


def test_without_steadiness_every_frame_is_on_its_own(frames: Displacements) -> None:
    template = fuse(frames, MODEL.mean_vertices)
    free, still = (np.stack(list(moving(frames, template, steadiness))) for steadiness in (0.0, 1.0))
    trembling, steady = (
        np.abs(np.diff(shapes[: COUNT // 2, inner() & FRONT], 2, axis=0)).mean() for shapes in (free, still)
    )
    assert trembling > 3 * steady


def test_a_limb_that_lies_elsewhere_is_followed_on_both_its_sides(tmp_path: Path) -> None:
    template = np.zeros_like(MODEL.mean_vertices)
    shin = (MODEL.parts == MODEL.part_names.index("shin")) & MODEL.exterior & (MODEL.mean_vertices[:, 0] > 0)
    frames = Displacements.empty(np.arange(9) / RATE, tmp_path)
    for row in range(9):
        frames.sure[row], frames.seen[row], frames.way[row] = MODEL.exterior, FRONT, shin[:, None] * [0.015, 0.0, 0.0]
    moved = next(moving(frames, template))
    height = MODEL.mean_vertices[:, 1]
    middle = shin & (np.abs(height - height[shin].mean()) < 0.08)
    assert moved[middle & ~FRONT, 0].mean() == pytest.approx(moved[middle & FRONT, 0].mean(), abs=0.003)
    assert moved[middle, 0].mean() > 0.01


def test_what_would_fold_over_is_smoothed() -> None:
    chosen = np.flatnonzero(inner() & FRONT)[0]
    spike = np.zeros_like(MODEL.mean_vertices)
    spike[chosen] = 0.1 * NORMALS[chosen]
    relaxed = unfolded(MODEL.mean_vertices, spike)
    assert np.linalg.norm(relaxed, axis=1).max() < 0.02
    assert np.array_equal(unfolded(MODEL.mean_vertices, clothes() * 0), clothes() * 0)

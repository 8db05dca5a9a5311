"""Trousers over the hips: the hollow between the buttocks is spanned, and nothing else changes."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.render import MeshCaster
from core.surface.seat import DEEPEST, cover_seat, seat


@pytest.fixture(scope="module")
def rest() -> np.ndarray:
    return BodyModel.load().mean_vertices


def back_at(vertices: np.ndarray, x: np.ndarray, height: float) -> np.ndarray:
    """(N,) how far back the surface lies at places x (N,), as seen from behind."""
    origins = np.stack([x, np.full_like(x, height), np.full_like(x, -1.0)], axis=1)
    forwards = np.tile([0.0, 0.0, 1.0], (len(x), 1))
    return MeshCaster(vertices, BodyModel.load().triangles).distances(origins, forwards) - 1.0


def test_cloth_spans_the_hollow_between_the_buttocks(rest: np.ndarray) -> None:
    model = BodyModel.load()
    hips = float(model.mean_heads[model.bone("upperleg01.L")][1])
    x = np.linspace(-0.06, 0.06, 25)
    naked, covered = (back_at(vertices, x, hips) for vertices in (rest, cover_seat(rest, 1.0)))
    middle = len(x) // 2

    def cleft(depth: np.ndarray) -> float:
        return float(depth[middle] - (depth[:middle].min() + depth[middle + 1 :].min()) / 2)

    assert cleft(naked) > 0.015
    assert cleft(covered) < 0.004


def test_the_seat_is_between_the_legs_and_the_waist(rest: np.ndarray) -> None:
    model, hollow = BodyModel.load(), seat()
    where = rest[hollow > 0.001]
    assert 0.015 < hollow.max() <= DEEPEST
    assert where[:, 1].max() < model.mean_heads[model.bone("spine03")][1]
    assert where[:, 1].min() > model.mean_heads[model.bone("lowerleg01.L")][1]
    assert np.abs(where[:, 0]).max() < 0.12
    assert where[:, 2].mean() < rest[model.of_parts("torso"), 2].mean()


def test_the_rest_of_the_body_keeps_its_form(rest: np.ndarray) -> None:
    moved = np.linalg.norm(cover_seat(rest, 1.0) - rest, axis=1)
    model = BodyModel.load()
    assert moved[model.of_parts("head", "neck", "hand", "foot", "forearm", "upper_arm", "shin")].max() == 0.0
    assert (moved > 0.002).mean() < 0.05


def test_it_goes_with_the_size_of_the_canonical_unit(rest: np.ndarray) -> None:
    metres = 2.0
    small = cover_seat((rest / metres).astype(np.float32), metres) * metres
    assert np.abs(small - cover_seat(rest, 1.0)).max() < 1e-4

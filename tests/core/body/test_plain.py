"""The body loses its anatomy, not its size."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.body.plain import plain_body
from core.render import vertex_normals


@pytest.fixture(scope="module")
def rest() -> np.ndarray:
    return BodyModel.load().mean_vertices


def part(name: str) -> np.ndarray:
    model = BodyModel.load()
    return model.parts == model.part_names.index(name)


def test_hands_and_face_stay(rest: np.ndarray) -> None:
    plain = plain_body(rest)
    for name in ("head", "hand", "foot"):
        assert np.array_equal(plain[part(name)], rest[part(name)])


def test_limbs_keep_their_girth(rest: np.ndarray) -> None:
    plain = plain_body(rest)
    for name in ("upper_arm", "thigh", "shin"):
        for side in (rest[:, 0] > 0, rest[:, 0] < 0):
            limb = part(name) & side & BodyModel.load().exterior
            girths = [np.sqrt(np.linalg.eigvalsh(np.cov(points[limb].T))[:2]) for points in (rest, plain)]
            assert girths[1] == pytest.approx(girths[0], rel=0.06)


def test_what_is_small_goes_what_is_long_stays(rest: np.ndarray) -> None:
    model = BodyModel.load()
    torso = np.flatnonzero(part("torso") & model.exterior)
    normals = vertex_normals(rest, model.triangles)
    before = plain_body(rest)[torso]
    height = rest[:, 1:2]
    left = {}
    for length in (0.05, 0.6):
        wave = 0.01 * np.sin(2 * np.pi * height / length)
        shown = ((plain_body((rest + wave * normals).astype(np.float32))[torso] - before) * normals[torso]).sum(axis=1)
        left[length] = np.linalg.norm(shown) / np.linalg.norm(wave[torso])
    assert left[0.05] < 0.3
    assert left[0.6] > 0.8


def test_a_turned_body_is_as_plain(rest: np.ndarray) -> None:
    turn = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]], np.float32)
    assert plain_body(rest @ turn.T) == pytest.approx(plain_body(rest) @ turn.T, abs=1e-5)

"""A shoe is a foot without toes and without an arch, of the same mesh."""

import numpy as np
import pytest
import trimesh

from core.body.model import BodyModel
from core.render import vertex_normals
from core.shoes.form import shoe_ways

MODEL = BodyModel.load()
BARE = MODEL.mean_vertices
LEFT = MODEL.of_parts("foot") & (BARE[:, 0] > 0)
# From the ball of the foot on.
FRONT = LEFT & (BARE[:, 2] > 0.14)


@pytest.fixture(scope="module")
def shod() -> np.ndarray:
    return BARE + shoe_ways()


def cut_across(vertices: np.ndarray, z: float) -> int:
    """How many closed lines the foot makes in a plane across it."""
    foot = trimesh.Trimesh(vertices, MODEL.triangles[LEFT[MODEL.triangles].all(axis=1)], process=False)
    section = foot.section([0, 0, 1], [0, 0, z])
    return 0 if section is None else len(section.discrete)


@pytest.mark.parametrize("z", [0.16, 0.18])
def test_there_are_no_toes(shod: np.ndarray, z: float) -> None:
    assert cut_across(BARE, z) >= 3
    assert cut_across(shod, z) == 1


def test_the_sole_is_even(shod: np.ndarray) -> None:
    """The arch, at the inner side of the middle of the foot, comes down to the ground."""
    inner = LEFT & (BARE[:, 0] < 0.18) & (np.abs(BARE[:, 2] - 0.06) < 0.02)
    ground = BARE[LEFT, 1].min()
    assert BARE[inner, 1].min() > ground + 0.008
    assert shod[inner, 1].min() < ground + 0.005


def test_it_is_as_large_as_a_foot_with_room(shod: np.ndarray) -> None:
    bare_size, size = np.ptp(BARE[LEFT], axis=0), np.ptp(shod[LEFT], axis=0)
    assert bare_size[2] - 0.002 < size[2] < bare_size[2] + 0.01
    assert abs(size[0] - bare_size[0]) < 0.006
    assert abs(shod[LEFT, 1].min() - BARE[LEFT, 1].min()) < 0.005


def test_nothing_is_folded_over(shod: np.ndarray) -> None:
    triangles = MODEL.triangles[FRONT[MODEL.triangles].all(axis=1)]
    corners = shod[triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = np.append(shod[FRONT].mean(axis=0)[:2], BARE[FRONT, 2].min())
    outwards = ((corners.mean(axis=1) - middle) * across).sum(axis=1)
    assert (outwards > 0).mean() > 0.98
    assert (vertex_normals(shod, MODEL.triangles)[FRONT & (shod[:, 1] < BARE[LEFT, 1].min() + 0.003), 1] < 0).all()


def test_the_other_foot_mirrors_it_and_the_rest_stays(shod: np.ndarray) -> None:
    ways = shoe_ways()
    np.testing.assert_allclose(ways[MODEL.mirror] * [-1, 1, 1], ways, atol=1e-6)
    assert not ways[~MODEL.of_parts("foot")].any()

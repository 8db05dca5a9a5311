"""A shirt that shows past a forearm in a few frames is not on the forearm; a sleeve that all frames show is."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.texture.stains import unstained

MODEL = BodyModel.load()
SKIN, SHIRT = np.float32([210, 170, 150]), np.float32([220, 20, 80])
FOREARM = MODEL.of_parts("forearm")
BELOW = FOREARM & (MODEL.mean_vertices[:, 2] < np.median(MODEL.mean_vertices[FOREARM, 2]))


def seen(where: np.ndarray, share: float) -> np.ndarray:
    """(100, V) squared trust: of all frames, but for `where`, which only a share of them shows well."""
    frames = np.arange(100)[:, None] < 100 * np.where(where, share, 0.6)
    return frames.astype(np.float32)


@pytest.mark.parametrize(("support", "expected"), [(0.05, SKIN), (0.6, SHIRT)])
def test_only_what_is_seldom_seen_is_a_stain(support: float, expected: np.ndarray) -> None:
    colours = np.where(BELOW[:, None], SHIRT, SKIN)
    found = unstained(colours, seen(BELOW, support))
    assert found[BELOW].mean(axis=0) == pytest.approx(expected, abs=3)
    assert (found[~BELOW] == SKIN).all()


def test_shadow_on_the_far_side_is_no_stain() -> None:
    colours = np.where(BELOW[:, None], 0.85 * SKIN, SKIN).astype(np.float32)
    assert (unstained(colours, seen(BELOW, 0.05)) == colours).all()


@pytest.mark.parametrize(("best", "expected"), [(0.1, SKIN), (0.8, SHIRT)])
def test_what_is_never_seen_well_is_a_stain_anywhere(best: float, expected: np.ndarray) -> None:
    """A print on a back that one frame shows well is none."""
    chest = MODEL.mean_vertices[MODEL.of_parts("torso") & MODEL.exterior].max(axis=0) * [0, 0.95, 1]
    spot = np.linalg.norm(MODEL.mean_vertices - chest, axis=1) < 0.05
    weight = np.where(spot, 0.0, 0.6) * np.ones((20, 1))
    weight[0, spot] = best
    found = unstained(np.where(spot[:, None], SHIRT, SKIN), weight.astype(np.float32))
    assert spot.sum() > 5
    assert found[spot].mean(axis=0) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize(("reach", "expected"), [(0.02, SKIN), (0.15, SHIRT)])
def test_a_patch_on_an_elbow_is_a_stain_however_often_it_is_seen_and_a_sleeve_is_none(
    reach: float, expected: np.ndarray
) -> None:
    """The body's elbow reaches past the person's, onto the shirt behind it, whenever the arm is bent."""
    elbow = MODEL.mean_vertices[np.flatnonzero(FOREARM)[MODEL.mean_vertices[FOREARM, 1].argmax()]]
    arm = FOREARM | MODEL.of_parts("upper_arm")
    patch = arm & (np.linalg.norm(MODEL.mean_vertices - elbow, axis=1) < reach)
    found = unstained(np.where(patch[:, None], SHIRT, SKIN), seen(patch, 0.6))
    assert patch.sum() > 3
    assert found[patch].mean(axis=0) == pytest.approx(expected, abs=15)

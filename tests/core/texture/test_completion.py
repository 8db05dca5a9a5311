"""Colours of what nothing shows: hems go on around the body, as lines; bands go around limbs."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.surface.silhouette import neighbour_average
from core.texture.completion import complete

MODEL = BodyModel.load()
SHIRT, TROUSERS, SKIN = np.float32([90, 95, 110]), np.float32([25, 25, 45]), np.float32([200, 150, 120])
X, Y, Z = MODEL.mean_vertices.T
FRONT = (np.median(Z[MODEL.of_parts("torso")]) < Z) & MODEL.exterior
TRUNK = MODEL.of_parts("torso") & MODEL.exterior
HEM = float(np.median(Y[TRUNK]))


@pytest.fixture(scope="module")
def completed() -> np.ndarray:
    """Shirt above the hem and trousers below, of which only the front is seen, completed."""
    colours = np.where((Y > HEM)[:, None], SHIRT, TROUSERS)
    return complete(np.where(FRONT[:, None], colours, 255.0).astype(np.float32), FRONT)


def test_the_back_of_a_shirt_ends_where_its_front_does(completed: np.ndarray) -> None:
    back = TRUNK & ~FRONT
    assert np.abs(completed[back & (Y > HEM + 0.03)] - SHIRT).max() < 3
    assert np.abs(completed[back & (Y < HEM - 0.03)] - TROUSERS).max() < 3


def test_between_two_colours_there_is_no_third(completed: np.ndarray) -> None:
    off = np.minimum(np.abs(completed - SHIRT).max(axis=1), np.abs(completed - TROUSERS).max(axis=1))
    assert off[MODEL.exterior].max() < 3


def test_a_hem_that_moved_and_is_blurred_in_front_is_a_line_behind() -> None:
    """A shirt that slides: the clip remembers, over five centimetres, all shades between it and the trousers; and it
    hangs in waves."""
    hem = HEM + 0.03 * np.sin(40 * X + 1)
    share = np.clip((Y - hem) / 0.05 + 0.5, 0.0, 1.0)[:, None]
    share *= 1 + np.random.default_rng(0).normal(0, 0.1, share.shape)
    colours = (TROUSERS + share * (SHIRT - TROUSERS)).astype(np.float32)
    found = complete(colours, FRONT)
    back = TRUNK & ~FRONT & (np.percentile(Z[TRUNK], 25) > Z)
    level = (found[back] - TROUSERS)[:, 0] / (SHIRT - TROUSERS)[0]
    between = (level > 0.2) & (level < 0.8)
    assert (level > 0.8).sum() > 100 and (level < 0.2).sum() > 100
    assert between.mean() < 0.01


def test_what_is_seen_stays(completed: np.ndarray) -> None:
    assert (completed[FRONT] == np.where((Y[FRONT] > HEM)[:, None], SHIRT, TROUSERS)).all()


def test_eyes_that_no_walk_leaves_are_like_what_is_next_to_them() -> None:
    head = MODEL.of_parts("head")
    colours = np.where(head[:, None], SKIN, TROUSERS)
    hidden = complete(colours, MODEL.exterior & ~FRONT)
    upper = head & (np.median(Y[head]) < Y)
    assert np.abs(hidden[upper] - SKIN).max() < 3


def test_a_sleeve_ends_at_one_place_along_the_arm() -> None:
    """The arms lie aslant: a cut across one is no level line."""
    shoulder, elbow = MODEL.landmark_mean[[11, 13]]
    arm = MODEL.of_parts("upper_arm") & (np.sign(X) == np.sign(shoulder[0])) & MODEL.exterior
    along = (MODEL.mean_vertices - shoulder) @ (elbow - shoulder) / ((elbow - shoulder) ** 2).sum()
    colours = np.where((along < 0.5)[:, None], SHIRT, SKIN)
    behind = arm & ~FRONT
    found = complete(colours, FRONT)
    wrong = np.abs(found[behind] - colours[behind]).max(axis=1) > 20
    assert behind.sum() > 50
    assert np.abs(along[behind][wrong] - 0.5).max(initial=0.0) < 0.12


def test_who_is_never_seen_is_grey_and_who_is_seen_all_around_stays() -> None:
    colours = np.random.default_rng(0).uniform(0, 255, MODEL.mean_vertices.shape).astype(np.float32)
    assert (complete(colours, np.zeros(len(colours), bool)) == 128).all()
    assert (complete(colours, np.ones(len(colours), bool)) == colours).all()


def test_where_no_walk_meets_what_is_seen_the_nearest_counts() -> None:
    """Of who shows only an eye: eyes are not joined to the face."""
    eye = MODEL.bone_weights(np.arange(len(Y)))[:, MODEL.bone("eye.L")] > 0.99
    assert eye.any()
    found = complete(np.where(eye[:, None], SKIN, SHIRT).astype(np.float32), eye)
    assert np.abs(found - SKIN).max() < 3


def test_a_dim_stripe_along_the_outline_does_not_colour_the_back() -> None:
    """A white coat: along the outline, seen askance, it is in shade."""
    edge = FRONT & (np.abs(X) > 0.1) & (Y > HEM - 0.1)
    white, shade = np.float32([225, 225, 225]), np.float32([120, 120, 120])
    colours = np.where(edge[:, None], shade, white)
    support = np.where(edge, 0.05, 0.9)
    back = TRUNK & ~FRONT & (np.percentile(Z[TRUNK], 10) > Z)
    assert np.median(complete(colours, FRONT)[back]) < 150
    assert np.median(complete(colours, FRONT, support)[back]) > 200


def test_next_to_what_is_seen_there_is_no_seam() -> None:
    """Dimly seen or not: what joins it has its colour."""
    colours = np.where((np.percentile(Z[TRUNK], 60) < Z)[:, None], SHIRT, SKIN)
    found = complete(colours, FRONT, np.where(colours[:, 0] == SKIN[0], 0.05, 0.9))
    near = TRUNK & ~FRONT & (np.median(Z[MODEL.of_parts("torso")]) - 0.01 < Z)
    assert near.sum() > 20
    assert np.abs(np.median(found[near], axis=0) - SKIN).max() < 20


def test_a_lamp_on_one_arm_leaves_no_line_on_the_hidden_side() -> None:
    """Skin is skin however it is lit: from the bright arm to the dim trunk it runs."""
    lit = 0.5 + 0.4 * np.clip((X - 0.12) / 0.06, 0.0, 1.0)
    colours = (SKIN * lit[:, None]).astype(np.float32)
    found = complete(np.where(FRONT[:, None], colours, 0.0).astype(np.float32), FRONT, FRONT.astype(np.float32))
    hidden = ~FRONT & MODEL.of_parts("torso", "upper_arm") & MODEL.exterior
    pairs = neighbour_average().tocoo()
    both = hidden[pairs.row] & hidden[pairs.col]
    steps = np.abs(found[pairs.row[both]] - found[pairs.col[both]]).max(axis=1)
    assert np.ptp(found[hidden, 0]) > 60
    assert steps.max() < 45


def test_a_dim_stripe_along_an_arm_does_not_colour_its_other_side() -> None:
    """An arm is thin: all of its hidden side is near the outline, and none of it as dim."""
    arm = MODEL.of_parts("forearm") & MODEL.exterior
    middle = np.array([np.median(Z[arm & (np.abs(X - x) < 0.02)]) for x in X[arm]])
    depth = np.zeros(len(X))
    depth[arm] = Z[arm] - middle
    known = np.where(arm, depth > 0, FRONT)
    rim = arm & known & (depth < 0.015)
    colours = np.where(rim[:, None], SKIN * 0.5, SKIN).astype(np.float32)
    found = complete(colours, known, np.where(rim, 0.1, 1.0).astype(np.float32))
    behind = arm & (depth < -0.02)
    assert behind.sum() > 50
    assert np.percentile(found[behind, 0], 10) > 0.8 * SKIN[0]

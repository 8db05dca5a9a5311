"""Light on a person: what nobody sees is lit as what is seen."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.render import vertex_normals
from core.texture.body_colours import Glimpse, gather_colours
from core.texture.light import brightness

MODEL = BodyModel.load()
NORMALS = vertex_normals(MODEL.mean_vertices, MODEL.triangles)
SHIRT, TROUSERS, SKIN = np.float32([150, 60, 50]), np.float32([50, 55, 80]), np.float32([190, 140, 110])
BARE, TRUNK = MODEL.of_parts("head", "hand", "forearm", "foot"), MODEL.of_parts("torso") & MODEL.exterior
OWN = np.where(BARE[:, None], SKIN, np.where(MODEL.of_parts("thigh", "shin")[:, None], TROUSERS, SHIRT))
# As much as the camera sees of who stands before it.
WEIGHT = np.where(MODEL.exterior, np.clip(NORMALS[:, 2], 0.0, 1.0), 0.0).astype(np.float32)


def lit(normals: np.ndarray) -> np.ndarray:
    """(V, 1) brightness below a lamp at the upper left, as bright behind as in front."""
    return np.exp(0.4 * normals[:, :1] + 0.2 * normals[:, 1:2])


def found(colours: np.ndarray, normals: np.ndarray = NORMALS, weight: np.ndarray = WEIGHT) -> np.ndarray:
    """(V,) the brightness that is found of one frame, its mean over the shirt 1."""
    one = brightness(colours[None], weight[None], normals[None], colours, weight > 0)[:, 0]
    return one / np.exp(np.log(one[TRUNK]).mean())


def test_light_from_a_side_is_found_and_is_the_same_behind() -> None:
    truth = lit(NORMALS)[:, 0]
    truth /= np.exp(np.log(truth[TRUNK]).mean())
    behind = TRUNK & (NORMALS[:, 2] < 0)
    assert np.abs(np.log(found(OWN * lit(NORMALS)) / truth)[behind]).max() < 0.1


def test_clothes_are_no_light() -> None:
    assert np.abs(np.log(found(OWN))).max() < 0.03


def test_what_is_not_of_the_person_does_not_count() -> None:
    """A white ball before the chest's left."""
    colours = (OWN * lit(NORMALS)).astype(np.float32)
    ball = np.linalg.norm(MODEL.mean_vertices - MODEL.mean_vertices[TRUNK].mean(axis=0) - [0.1, 0.1, 0.1], axis=1) < 0.1
    passed = np.where(ball[:, None], np.float32(250), colours)
    assert (ball & (WEIGHT > 0)).sum() > 30
    known, all_of_it = brightness(passed[None], WEIGHT[None], NORMALS[None], colours, WEIGHT > 0), found(colours)
    assert (
        np.abs(np.log(known[TRUNK, 0] / known[TRUNK, 0].mean() / (all_of_it[TRUNK] / all_of_it[TRUNK].mean()))).max()
        < 0.1
    )


def test_who_is_never_seen_is_lit_by_nothing() -> None:
    nothing = np.zeros(len(OWN), np.float32)
    assert (brightness(OWN[None], nothing[None], NORMALS[None], OWN, nothing > 0) == 1).all()


def test_a_back_that_nobody_saw_is_brighter_on_the_side_of_the_light() -> None:
    colours, *_ = gather_colours([Glimpse((OWN * lit(NORMALS)).astype(np.float32), WEIGHT, NORMALS)])
    truth = OWN * lit(NORMALS)
    # Above the hem, whose height is another matter.
    behind = TRUNK & (NORMALS[:, 2] < -0.3) & (MODEL.mean_vertices[:, 1] > 0.2)
    wrong = np.abs(colours - truth)[behind].mean()
    # Half of what differs from the other side is believed.
    assert wrong < 0.6 * np.abs(OWN - truth)[behind].mean()
    left, right = (colours[behind & (side * NORMALS[:, 0] > 0.4)].mean() for side in (1, -1))
    assert left > 1.1 * right


def test_who_turns_is_lit_on_average_as_seen() -> None:
    """From the front, then from the left: what both show of the chest has a brightness between the two."""
    turned = (NORMALS @ np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]])).astype(np.float32)
    shown = np.stack([OWN * lit(NORMALS), OWN * lit(turned)]).astype(np.float32)
    weight = np.stack([WEIGHT, np.where(MODEL.exterior, np.clip(turned[:, 2], 0, 1), 0)]).astype(np.float32)
    both = (weight > 0.3).all(axis=0) & TRUNK
    result = brightness(shown, weight, np.stack([NORMALS, turned]), OWN, weight.max(axis=0) > 0)[both, 0]
    share = weight[:, both] / weight[:, both].sum(axis=0)
    truth = np.exp((share * np.log(np.stack([lit(NORMALS), lit(turned)])[:, both, 0])).sum(axis=0))
    assert np.log(result) - np.log(result).mean() == pytest.approx(np.log(truth) - np.log(truth).mean(), abs=0.08)


def test_a_side_that_nobody_saw_is_like_the_other_but_lit_nearer_to_its_own() -> None:
    """Someone turned half away, with a lamp at the picture's right: of the trunk the camera sees one side."""
    half = np.sqrt(0.5)
    turned = (NORMALS @ np.array([[half, 0, -half], [0, 1, 0], [half, 0, half]])).astype(np.float32)
    seen = np.where(MODEL.exterior, np.clip(turned[:, 2], 0.0, 1.0), 0.0).astype(np.float32)
    truth = (OWN * np.exp(0.4 * turned[:, :1])).astype(np.float32)
    colours, known, _ = gather_colours([Glimpse(truth, seen, turned)])
    other = TRUNK & known & (seen == 0)
    assert other.sum() > 100
    assert np.abs(colours - truth)[other].mean() < 0.6 * np.abs(truth[MODEL.mirror] - truth)[other].mean()

"""Hands that hang before trousers are skin, gloves are gloves."""

import numpy as np

from core.body.model import BodyModel
from core.texture.hands import with_bare_hands

BODY = BodyModel.load()
HAND, FOREARM, HEAD = (BODY.of_parts(part) for part in ("hand", "forearm", "head"))
SKIN, TROUSERS, SHIRT, GLOVES = (165.0, 120.0, 95.0), (30.0, 38.0, 46.0), (90.0, 100.0, 120.0), (190.0, 30.0, 120.0)


def person(hands: tuple[float, ...], share: float = 1.0, bare: bool = True) -> np.ndarray:
    """(V, 3) colours of one in shirt and trousers of whose hands that share of the vertices has a colour; `bare`:
    with short sleeves."""
    colours = np.tile(np.float32(SHIRT), (len(HAND), 1))
    colours[BODY.of_parts("thigh", "shin")] = TROUSERS
    colours[HEAD] = SKIN
    if bare:
        colours[FOREARM] = SKIN
    colours[HAND] = SKIN
    chosen = np.random.default_rng(0).random(len(HAND)) < share
    colours[HAND & chosen] = hands
    return colours + np.random.default_rng(1).normal(0, 3, colours.shape).astype(np.float32)


def apart(colours: np.ndarray, other: tuple[float, ...]) -> float:
    """How far the hands are from a colour at most."""
    return float(np.abs(colours[HAND] - other).max())


def test_hands_before_trousers_are_skin() -> None:
    known = np.ones(len(HAND), bool)
    for share in (0.5, 1.0):
        for bare in (True, False):
            assert apart(with_bare_hands(person(TROUSERS, share, bare), known), SKIN) < 20


def test_only_hands_change() -> None:
    before = person(TROUSERS)
    after = with_bare_hands(before, np.ones(len(HAND), bool))
    assert (after[~HAND] == before[~HAND]).all()


def test_gloves_stay() -> None:
    known = np.ones(len(HAND), bool)
    assert apart(with_bare_hands(person(GLOVES), known), GLOVES) < 20


def test_bare_legs_are_no_cloth() -> None:
    colours = person(SKIN)
    colours[BODY.of_parts("thigh", "torso")] = (150.0, 108.0, 86.0)
    shade = colours.copy()
    shade[HAND] = 0.8 * shade[HAND]
    assert (with_bare_hands(shade, np.ones(len(HAND), bool))[HAND] == shade[HAND]).mean() > 0.6


def test_hair_is_no_skin() -> None:
    before = person(TROUSERS, bare=False)
    before[HEAD] = (157.0, 113.0, 79.0)
    before[BODY.of_parts("neck")] = SKIN
    behind = ~(HEAD & (BODY.mean_vertices[:, 2] > BODY.mean_vertices[HEAD, 2].mean()))
    assert apart(with_bare_hands(before, behind), SKIN) < 20


def test_where_nothing_tells_the_skin_hands_stay() -> None:
    before = person(TROUSERS, bare=False)
    known = BODY.of_parts("torso", "thigh") | HAND
    assert (with_bare_hands(before, known) == before).all()

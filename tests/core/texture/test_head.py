"""The back of a head from its front: high hair, low hair, no hair; and a face from hands."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.texture.head import EYES, strands, with_face, with_hair

SKIN, HAIR = (190.0, 150.0, 130.0), (60.0, 40.0, 30.0)


def head(hairline: float) -> tuple[np.ndarray, np.ndarray]:
    """Colours (V, 3) of a head whose hair begins so many metres above the eyes, and which of them its front shows."""
    model = BodyModel.load()
    above = model.mean_vertices[:, 1] - model.landmark_mean[EYES].mean(axis=0)[1]
    colours = np.where((above > hairline)[:, None], HAIR, SKIN).astype(np.float32)
    # Light from above: foreheads are brighter than cheeks.
    colours *= (1.0 + np.clip(above, 0.0, 0.08) * 2.0)[:, None].astype(np.float32)
    front = model.mean_vertices[:, 2] > model.landmark_mean[7][2]
    return colours, front & (model.parts == model.part_names.index("head"))


def back(colours: np.ndarray, known: np.ndarray) -> np.ndarray:
    model = BodyModel.load()
    filled = with_hair(np.full_like(colours, 255.0), colours, known)
    ear = model.landmark_mean[7]
    behind = (model.parts == model.part_names.index("head")) & (model.mean_vertices[:, 2] < ear[2] - 0.03)
    return filled[behind & (model.mean_vertices[:, 1] > ear[1])].mean(axis=0)


@pytest.mark.parametrize("hairline", [0.05, 0.085])
def test_the_back_is_like_the_hair_however_high_it_begins(hairline: float) -> None:
    assert np.abs(back(*head(hairline)) - np.array(HAIR) * 1.15).max() < 15


def test_who_has_no_hair_in_front_has_none_behind() -> None:
    assert np.abs(back(*head(1.0)) - np.array(SKIN) * 1.13).max() < 15


def test_a_crown_of_which_few_pixels_are_seen_tells_the_back() -> None:
    """Of a small head whose hair begins high: among the few vertices of its crown not even ten have hair."""
    colours, known = head(0.085)
    model = BodyModel.load()
    above = model.mean_vertices[:, 1] - model.landmark_mean[EYES].mean(axis=0)[1]
    hair, forehead = (known & (above > low) & (above < high) for low, high in ((0.086, 1.0), (0.06, 0.084)))
    hair, forehead = np.flatnonzero(hair), np.flatnonzero(forehead)
    known[above > 0.06] = False
    known[hair[:8]] = known[forehead[:8]] = True
    assert np.abs(back(colours, known) - np.array(HAIR) * 1.15).max() < 15


def test_nothing_is_guessed_where_no_crown_is_seen() -> None:
    colours, known = head(0.05)
    assert back(colours, known & False) == pytest.approx(255.0)


def test_who_is_seen_from_aside_has_behind_what_shows_there() -> None:
    """A high forehead is no reason for a bald patch behind."""
    model = BodyModel.load()
    colours, known = head(1.0)
    aside = (model.mean_vertices[:, 0] > 0.02) & ~known
    found = back(np.where(aside[:, None], HAIR, colours).astype(np.float32), known | aside)
    assert np.abs(found - np.array(HAIR)).max() < 15


def strip(depth: float) -> tuple[np.ndarray, np.ndarray]:
    """(V,) the strip of a head behind its left ear, above the eyes, that is so many metres deep; and (V,) the share of
    its vertices that are further behind, 0-1."""
    model = BodyModel.load()
    eyes, ear = model.landmark_mean[EYES].mean(axis=0), model.landmark_mean[7]
    x, y, z = model.mean_vertices.T
    chosen = model.of_parts("head") & model.exterior & (x > 0.02) & (y > eyes[1]) & (z < ear[2]) & (z > ear[2] - depth)
    return chosen, np.searchsorted(np.sort(z[chosen]), z) / np.count_nonzero(chosen)


def test_skin_around_an_ear_is_no_hair() -> None:
    """A strip behind the ear is seen, of which half is bare; the mean of both is nobody's hair."""
    colours, known = head(0.05)
    high, behind = strip(0.05)
    bare = high & (behind > 0.45)
    colours = np.where(high[:, None], np.where(bare[:, None], SKIN, HAIR), colours).astype(np.float32)
    found = back(colours, known | high)
    assert np.abs(found - np.array(HAIR)).max() < 15


def test_the_edge_behind_an_ear_is_no_hair_where_the_crown_shows_it() -> None:
    """Who faces the camera shows a little behind an ear: skin, and some that is mixed with what is behind."""
    colours, known = head(0.05)
    edge, behind = strip(0.04)
    mixed = edge & (behind < 0.2)
    colours = np.where(edge[:, None], np.where(mixed[:, None], (110.0, 80.0, 40.0), SKIN), colours).astype(np.float32)
    assert np.abs(back(colours, known | edge) - np.array(HAIR) * 1.15).max() < 15


def test_a_face_that_is_turned_away_is_as_bare_as_the_hands() -> None:
    model = BodyModel.load()
    hands = model.of_parts("hand")
    colours, (_, front) = np.where(hands[:, None], SKIN, HAIR).astype(np.float32), head(0.05)
    filled = with_face(np.full_like(colours, HAIR), colours, ~front)
    nose = np.linalg.norm(model.mean_vertices - model.landmark_mean[0], axis=1) < 0.02
    assert filled[nose] == pytest.approx(np.broadcast_to(SKIN, filled[nose].shape))
    assert (filled[model.mean_vertices[:, 1] > model.landmark_mean[EYES, 1].max() + 0.08] == HAIR).all()


@pytest.mark.parametrize("hand", [(230.0, 230.0, 230.0), (170.0, 145.0, 135.0)])
def test_gloves_and_hands_that_are_hardly_seen_leave_it_to_the_neck(hand: tuple[float, float, float]) -> None:
    model = BodyModel.load()
    colours = np.full((len(model.parts), 3), HAIR, np.float32)
    colours[model.of_parts("hand")], colours[model.of_parts("neck")] = hand, SKIN
    filled = with_face(np.full_like(colours, 255.0), colours, ~head(0.05)[1])
    nose = np.linalg.norm(model.mean_vertices - model.landmark_mean[0], axis=1) < 0.02
    assert filled[nose] == pytest.approx(np.broadcast_to(SKIN, filled[nose].shape))


@pytest.mark.parametrize("seen", ["face", "no skin"])
def test_a_face_that_is_seen_or_skin_that_is_not_change_nothing(seen: str) -> None:
    hands = BodyModel.load().of_parts("hand")
    colours, (_, front) = np.where(hands[:, None], SKIN, HAIR).astype(np.float32), head(0.05)
    known = hands | front if seen == "face" else ~front & ~hands & ~BodyModel.load().of_parts("neck")
    hidden = np.full_like(colours, 255.0)
    assert (with_face(hidden, colours, known) == hidden).all()


def test_long_hair_beside_a_face_tells_the_back_where_no_crown_is_seen() -> None:
    """The mask's edge takes the parting: all that is seen of the hair hangs beside the cheeks."""
    model = BodyModel.load()
    colours, known = head(1.0)
    low = model.mean_vertices[:, 1] < model.landmark_mean[EYES, 1].max() + 0.05
    hanging = np.abs(model.mean_vertices[:, 0]) > 0.055
    found = back(np.where(hanging[:, None], HAIR, colours).astype(np.float32), known & low)
    assert np.abs(found - np.array(HAIR)).max() < 15
    assert back(colours, known & low) == pytest.approx(255.0), "bare cheeks tell nothing"


def test_of_a_crown_that_shows_only_forehead_hanging_hair_tells_more() -> None:
    """Long hair with a parting: the few vertices of the crown that are seen have skin."""
    model = BodyModel.load()
    colours, known = head(1.0)
    above = model.mean_vertices[:, 1] - model.landmark_mean[EYES].mean(axis=0)[1]
    forehead = np.flatnonzero(known & (above > 0.06) & (np.abs(model.mean_vertices[:, 0]) < 0.05))[:15]
    known[above > 0.05] = False
    known[forehead] = True
    hanging = np.abs(model.mean_vertices[:, 0]) > 0.055
    found = back(np.where(hanging[:, None], HAIR, colours).astype(np.float32), known)
    assert np.abs(found - np.array(HAIR)).max() < 15
    assert np.abs(back(colours, known) - np.array(SKIN) * 1.13).max() < 15, "bare cheeks: a bald head"


def test_the_lit_side_of_a_shaded_face_is_no_hair() -> None:
    """A lamp from aside: the cheek next to it is twice as bright as most of the face, and no colour of hair."""
    model = BodyModel.load()
    colours, known = head(1.0)
    x, y, _ = model.mean_vertices.T
    known &= y < model.landmark_mean[EYES, 1].max() + 0.05
    colours = np.where((x > 0.05)[:, None], 1.95, 1.0) * np.array(SKIN) * 0.55
    found = back(np.where((x < -0.055)[:, None], HAIR, colours).astype(np.float32), known)
    assert np.abs(found - np.array(HAIR)).max() < 15


def with_strand(radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Colours (V, 3) of a head with hair above and behind, and a patch of it before the left temple; and the vertices
    of that patch's middle."""
    model = BodyModel.load()
    temple = model.landmark_mean[EYES[0]] + np.array([0.025, 0.0, -0.04])
    skin = model.of_parts("head") & model.exterior & (model.mean_vertices[:, 2] > model.landmark_mean[7][2])
    skin &= model.mean_vertices[:, 1] < model.landmark_mean[EYES, 1].max() + 0.06
    far = np.linalg.norm(model.mean_vertices - temple, axis=1)
    colours = np.where((skin & (far > radius))[:, None], SKIN, HAIR).astype(np.float32)
    return colours, skin & (far < 0.6 * radius)


def test_a_strand_before_one_temple_is_found_there_alone() -> None:
    colours, middle = with_strand(0.04)
    share = strands(colours, colours)
    assert middle.sum() > 10
    assert share[middle].min() > 0.5
    assert share[BodyModel.load().mirror[middle]].max() == 0.0


def test_a_spot_is_no_strand_nor_is_hair_on_both_sides() -> None:
    colours, middle = with_strand(0.02)
    assert 0 < middle.sum() < 5
    assert strands(colours, colours)[middle].max() < 0.5
    wide, _ = with_strand(0.04)
    both = np.minimum(wide, wide[BodyModel.load().mirror])
    assert strands(both, both).max() == 0.0


def ear(side: int) -> np.ndarray:
    """(V,) bool: the outer rim of the left (0) or the right ear (1)."""
    model = BodyModel.load()
    away = np.linalg.norm(model.mean_vertices - model.landmark_mean[7 + side], axis=1)
    return model.exterior & (away < 0.035) & (np.abs(model.mean_vertices[:, 0]) > 0.078)


@pytest.mark.parametrize("shown", [(0, 1), (0,)])
def test_ears_are_bare_behind_where_what_shows_of_them_is(shown: tuple[int, ...]) -> None:
    """Seen from the front or from aside: the back of an ear, and the other ear, are not painted as hair."""
    model = BodyModel.load()
    colours, known = head(0.05)
    before = model.mean_vertices[:, 2] > model.landmark_mean[7][2]
    rims = [ear(side) for side in (0, 1)]
    known &= ~(rims[0] | rims[1])
    for side in shown:
        colours[rims[side]] = SKIN
        known |= rims[side] & before
    filled = with_hair(np.full_like(colours, 255.0), colours, known)
    for rim in rims:
        assert np.abs(filled[rim & ~known] - np.array(SKIN)).max() < 15


def test_ears_under_hair_are_hair() -> None:
    colours, known = head(0.05)
    rims = ear(0) | ear(1)
    colours[rims] = HAIR
    filled = with_hair(np.full_like(colours, 255.0), colours, known | rims)
    behind = rims & (BodyModel.load().mean_vertices[:, 2] < BodyModel.load().landmark_mean[7][2] - 0.01)
    assert np.abs(filled[behind] - np.array(HAIR)).max() < 20

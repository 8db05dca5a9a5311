"""What one side of the body lends to the other goes on from what is seen there."""

import numpy as np

from core.body.model import BodyModel
from core.texture.seams import light_across

MODEL = BodyModel.load()
PLACES = MODEL.mean_vertices
# A frame shows the person's right half; the left half is lent by it.
OUTSIDE, TRUNK = MODEL.exterior, MODEL.of_parts("torso")
SEEN, LENT = OUTSIDE & (PLACES[:, 0] < 0), OUTSIDE & (PLACES[:, 0] >= 0)
SHIRT, SHADE, WHITE = np.float32([180, 60, 70]), np.float32([120, 30, 30]), np.float32([245, 245, 245])


def halves(seen: np.ndarray, lent: np.ndarray) -> np.ndarray:
    """(V, 3) colours of the halves."""
    return np.where(SEEN[:, None], seen, np.where(LENT[:, None], lent, np.float32(128))).astype(np.float32)


def joined(colours: np.ndarray, seen: np.ndarray, lent: np.ndarray) -> np.ndarray:
    return colours * light_across(colours, seen, lent)


def away(colours: np.ndarray, other: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.linalg.norm(colours - other, axis=1)[where]


def test_what_is_lent_goes_on_from_what_is_seen_and_becomes_what_it_was() -> None:
    result = joined(halves(SHADE, SHIRT), SEEN, LENT)
    step = np.linalg.norm(SHIRT - SHADE)
    left = [
        float(np.median(away(result, SHADE, LENT & TRUNK & (PLACES[:, 0] >= low) & (PLACES[:, 0] < high)))) / step
        for low, high in ((0.0, 0.02), (0.04, 0.06), (0.1, 0.14))
    ]
    assert left[0] < 0.25 and left == sorted(left), left
    assert away(result, SHIRT, LENT & MODEL.of_parts("hand")).max() < 1.0
    np.testing.assert_array_equal(result[SEEN], halves(SHADE, SHIRT)[SEEN])


def test_light_and_shade_change_nothing_where_both_sides_are_alike() -> None:
    alike = halves(SHIRT, SHIRT)
    np.testing.assert_allclose(joined(alike, SEEN, LENT), alike, atol=1e-3)


def test_a_line_between_two_cloths_stays() -> None:
    coat = halves(SHADE, WHITE)
    np.testing.assert_array_equal(joined(coat, SEEN, LENT), coat)


def test_who_is_seen_from_all_sides_or_from_none_is_as_before() -> None:
    colours, nothing = halves(SHADE, SHIRT), np.zeros(len(PLACES), bool)
    for seen in (OUTSIDE, nothing):
        np.testing.assert_array_equal(joined(colours, seen, nothing), colours)

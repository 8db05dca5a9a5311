"""Which hands a clip shows, by how visible their landmarks are."""

import numpy as np

from core.frame import HAND_LANDMARKS, shown_hands


def visibility(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    values = np.full((len(left), 33), 0.9)
    values[:, HAND_LANDMARKS[0]], values[:, HAND_LANDMARKS[1]] = left[:, None], right[:, None]
    return values


def test_a_hand_that_hides_is_told_from_a_doubtful_moment() -> None:
    """Thirty frames a second: the left hand hides for the second half, the right one is doubtful in two frames."""
    left, right = np.full(60, 0.9), np.full(60, 0.9)
    left[30:], right[20:22] = 0.1, 0.3
    shown = shown_hands(visibility(left, right), np.arange(60) / 30)
    assert shown[:28, 0].all()
    assert not shown[32:, 0].any()
    assert shown[:, 1].all()


def test_a_single_picture_tells_for_itself() -> None:
    shown = shown_hands(visibility(np.array([0.8]), np.array([0.2])), np.array([0.0]))
    assert shown.tolist() == [[True, False]]

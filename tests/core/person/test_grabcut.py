"""GrabCut on masks whose truth is known."""

import numpy as np
import pytest

from core.person.grabcut import refine_by_grabcut


def scene(background: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A red figure of head and body before a background with grain, and its mask as bool."""
    generator = np.random.default_rng(3)
    rows, columns = np.mgrid[:400, :300]
    person = (abs(columns - 150) < 60) & (rows > 130) & (rows < 360) | ((columns - 150) ** 2 + (rows - 90) ** 2 < 45**2)
    picture = np.where(person[..., None], (200, 40, 40), background) + generator.normal(0, 8, (400, 300, 3))
    return np.clip(picture, 0, 255).astype(np.uint8), person


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return (first & second).sum() / (first | second).sum()


def test_a_mask_that_is_a_little_off_comes_closer_to_the_truth() -> None:
    picture, person = scene((60, 120, 60))
    rough = np.roll(person, (5, -4), axis=(0, 1)).astype(np.float32)
    refined = refine_by_grabcut(rough, picture, 320.0) > 0.5
    assert overlap(rough > 0.5, person) < 0.93
    assert overlap(refined, person) > 0.98
    assert np.array_equal(refine_by_grabcut(rough, picture, 320.0) > 0.5, refined)


def test_far_from_the_edge_nothing_changes() -> None:
    picture, person = scene((60, 120, 60))
    # Something as red as the person, far from them.
    picture[20:60, 20:60] = (200, 40, 40)
    refined = refine_by_grabcut(person.astype(np.float32), picture, 320.0)
    assert refined[20:60, 20:60].max() == 0.0
    assert refined[200:300, 130:170].min() == 1.0


@pytest.mark.parametrize("mask", [np.zeros((400, 300), np.float32), np.ones((400, 300), np.float32)])
def test_a_mask_without_an_edge_stays(mask: np.ndarray) -> None:
    picture, _ = scene((60, 120, 60))
    assert np.array_equal(refine_by_grabcut(mask, picture, 320.0), mask)

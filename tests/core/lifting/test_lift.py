"""The shipped lifting network on what MediaPipe saw of people whom it was not trained with."""

from pathlib import Path

import numpy as np
import pytest

from core.body.model import BodyModel
from core.lifting.lift import lift
from core.lifting.sight import from_hips, look_at_hips
from core.person.track import MIRRORED
from core.training.lifting.sightings import Sightings

# 57 pictures of held-out people in held-out motions, as `dataset sightings` writes them.
SIGHTINGS = Path(__file__).parent
SIZE = (1, 1)


@pytest.fixture(scope="module")
def seen() -> dict[str, np.ndarray]:
    with np.load(next(SIGHTINGS.glob("sightings_*.npz"))) as arrays:
        return dict(arrays)


def lifted(seen: dict[str, np.ndarray], row: int, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One sighting as a clip that shows it at every time."""
    image, visibility, world = (
        np.repeat(seen[name][row : row + 1], len(times), axis=0) for name in ("image", "visibility", "world")
    )
    return lift(image, visibility, world, times, float(seen["focal"][row]), SIZE)


def test_depths_are_nearer_to_the_truth_than_mediapipes(seen: dict[str, np.ndarray]) -> None:
    sightings = Sightings.read(SIGHTINGS)
    count = len(sightings) // 2
    known = BodyModel.load().landmark_exists
    assert count == len(seen["image"])
    errors, before, expected = [], [], []
    for row in range(count):
        found, error = lifted(seen, row, np.array([0.0]))
        # Both around the hips, in the axes of a camera that looks at them.
        _, turn = look_at_hips(seen["image"][row : row + 1].astype(float), float(seen["focal"][row]), SIZE)
        straight = from_hips(found[0] @ turn[0].T)
        errors.append(np.abs(straight - sightings.true[row])[known, 2].mean())
        before.append(np.abs(sightings.guess[row] - sightings.true[row])[known, 2].mean())
        expected.append(error[0][known].mean())
    assert np.mean(errors) < 0.9 * np.mean(before)
    # It knows how wrong it is: on the whole, and which pictures are hard.
    assert np.mean(expected) == pytest.approx(np.mean(errors), rel=0.35)
    assert np.corrcoef(expected, errors)[0, 1] > 0.2


def test_a_mirrored_person_is_lifted_to_a_mirrored_one(seen: dict[str, np.ndarray]) -> None:
    mirrored = {name: values.copy() for name, values in seen.items()}
    mirrored["image"] = seen["image"][:, MIRRORED] * [-1, 1] + [1, 0]
    mirrored["visibility"] = seen["visibility"][:, MIRRORED]
    mirrored["world"] = seen["world"][:, MIRRORED] * [-1, 1, 1]
    differences = []
    for row in range(10):
        found, _ = lifted(seen, row, np.array([0.0]))
        other, _ = lifted(mirrored, row, np.array([0.0]))
        differences.append(np.abs(other[0][MIRRORED] * [-1, 1, 1] - found[0]).mean())
    assert np.mean(differences) < 0.03


@pytest.mark.parametrize("rate", [12.0, 30.0, 60.0])
def test_somebody_who_stands_still_stays_still_at_any_rate(seen: dict[str, np.ndarray], rate: float) -> None:
    alone, _ = lifted(seen, 4, np.array([0.0]))
    found, error = lifted(seen, 4, np.arange(round(rate)) / rate)
    assert found.shape == (round(rate), 33, 3)
    assert np.abs(found - alone).max() < 0.01
    assert (error > 0).all()


def test_what_lies_apart_in_time_does_not_mix(seen: dict[str, np.ndarray]) -> None:
    """Two people, a second between them: each is lifted as if alone."""
    rows, times = [0, 1], np.array([0.0, 1.0])
    image, visibility, world = (seen[name][rows] for name in ("image", "visibility", "world"))
    both, _ = lift(image, visibility, world, times, 1.3, SIZE)
    for row in range(2):
        part = slice(row, row + 1)
        alone, _ = lift(image[part], visibility[part], world[part], times[:1], 1.3, SIZE)
        assert both[row] == pytest.approx(alone[0], abs=1e-5)

"""Haze brings colours together: hems on the hidden side are lines all the same."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.texture.completion import complete
from core.texture.contrast import LEAST, contrast
from core.texture.regions import Regions

MODEL = BodyModel.load()
SHIRT, BETWEEN, TROUSERS = np.float32([200, 40, 40]), np.float32([110, 40, 50]), np.float32([20, 40, 60])
HAZE = np.float32([120, 105, 110])
Y, Z = MODEL.mean_vertices[:, 1], MODEL.mean_vertices[:, 2]
TRUNK = MODEL.of_parts("torso") & MODEL.exterior
FRONT = (np.median(Z[MODEL.of_parts("torso")]) < Z) & MODEL.exterior
HEM, BLURRED = float(np.median(Y[TRUNK])), 0.03


def in_haze(colours: np.ndarray, share: float) -> np.ndarray:
    return ((1.0 - share) * colours + share * HAZE).astype(np.float32)


def clothes() -> np.ndarray:
    """(V, 3) a shirt and trousers, and what a moving hem leaves between them."""
    colours = np.where((Y > HEM)[:, None], SHIRT, TROUSERS)
    return np.where((np.abs(Y - HEM) < BLURRED)[:, None], BETWEEN, colours).astype(np.float32)


@pytest.mark.parametrize("share", [0.0, 0.6, 0.75])
def test_in_haze_as_in_the_sun_the_hidden_hem_has_no_third_colour(share: float) -> None:
    completed = complete(np.where(FRONT[:, None], in_haze(clothes(), share), 255.0).astype(np.float32), FRONT)
    behind = completed[TRUNK & ~FRONT & (np.abs(Y - HEM) > BLURRED + 0.03)]
    wanted = in_haze(np.stack([SHIRT, TROUSERS]), share)
    apart = np.linalg.norm(behind[:, None] - wanted, axis=2).min(axis=1)
    assert apart.max() < 0.05 * np.linalg.norm(wanted[0] - wanted[1])


def test_in_haze_the_regions_are_those_in_the_sun() -> None:
    sunny, hazy = (Regions.of(in_haze(clothes(), share)).labels[MODEL.exterior] for share in (0.0, 0.85))
    assert (sunny == hazy).all()


def test_good_light_counts_as_one_and_noise_is_no_contrast() -> None:
    rng = np.random.default_rng(0)
    assert contrast(clothes()) == 1.0
    assert contrast(in_haze(clothes(), 0.6)) == pytest.approx(0.4 * np.sqrt(clothes().var(axis=0).sum()) / 80, rel=0.01)
    assert contrast(100 + rng.normal(0, 3, (500, 3))) == LEAST
    assert contrast(np.zeros((0, 3))) == 1.0

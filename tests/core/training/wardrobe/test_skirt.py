import numpy as np
import pytest

from core.training.wardrobe.skirt import skirt

from .people import figure


@pytest.mark.parametrize("seed", range(6))
def test_a_skirt_hangs_around_both_legs(seed: int) -> None:
    body = figure()
    made = skirt(body, np.random.default_rng(seed))
    low, high = made.vertices[:, 1].min(), made.vertices[:, 1].max()
    assert body.heads[body.bone("LeftFoot")][1] < low < body.heads[body.bone("LeftUpLeg")][1] < high
    # The legs between waist and hem are inside every ring.
    legs = np.unique(body.faces)
    arms = [i for i, name in enumerate(body.bone_names) if "Arm" in name or "Hand" in name]
    legs = body.base[legs[body.weights[legs][:, arms].sum(axis=1) < 0.1]]
    for height in np.linspace(low + 0.02, high - 0.02, 5):
        ring = made.vertices[np.abs(made.vertices[:, 1] - height) < 0.03]
        inside = legs[np.abs(legs[:, 1] - height) < 0.02]
        assert ring[:, 0].min() < inside[:, 0].min() and ring[:, 0].max() > inside[:, 0].max()
        assert ring[:, 2].min() < inside[:, 2].min() and ring[:, 2].max() > inside[:, 2].max()


def test_it_faces_outwards_and_goes_with_hips_and_thighs() -> None:
    body = figure()
    made = skirt(body, np.random.default_rng(0))
    away = made.vertices - made.vertices.mean(axis=0)
    away[:, 1] = 0
    assert ((made.normals() * away).sum(axis=1) > 0).mean() > 0.95
    np.testing.assert_allclose(made.weights.sum(axis=1), 1, atol=1e-5)
    hem = made.vertices[:, 1] < made.vertices[:, 1].min() + 0.02
    left = made.weights[hem, body.bone("LeftUpLeg")]
    x = made.vertices[hem, 0]
    assert left[np.argmax(x)] > 0.9 and left[np.argmin(x)] < 0.1

"""Degraded pictures: what a blur and a soft edge do, and that people stay where they are."""

import numpy as np
import pytest
import torch

from core.training.degrade import blurred, degraded


def test_a_blur_keeps_the_light_and_spreads_as_far_as_it_says() -> None:
    pictures = torch.zeros(2, 1, 41, 41)
    pictures[:, :, 20, 20] = 1
    seen = blurred(pictures, torch.tensor([1.0, 0.1])[:, None, None, None])
    assert seen.sum(dim=(1, 2, 3)).numpy() == pytest.approx([1, 1], abs=1e-5)
    across = (torch.arange(41) - 20) ** 2
    assert float((seen[0, 0].sum(dim=0) * across).sum()) == pytest.approx(1.0, abs=0.02)
    assert torch.allclose(seen[1], pictures[1])


def test_people_stay_where_they_are() -> None:
    pictures = torch.zeros(6, 4, 64, 64)
    pictures[:, :, 20:44, 24:40] = 0.5
    pictures[:, 3] *= 2
    seen, gain = degraded(pictures, np.random.default_rng(0), torch.Generator().manual_seed(0))
    assert seen.shape == pictures.shape
    assert gain.shape == (6, 3, 1, 1)
    assert seen[:, :, :10].abs().max() < 1e-3  # nothing outside the mask
    assert (seen[:, 3, 24:40, 28:36] > 0.95).all()
    # Inside, the colours are those of the picture under another light.
    inner = seen[:, :3, 26:38, 29:35].mean(dim=(2, 3))
    assert inner.numpy() == pytest.approx((0.5 * gain[..., 0, 0]).clamp(max=1).numpy(), abs=0.07)
    # An edge is off by a pixel, sometimes in, sometimes out.
    areas = seen[:, 3].sum(dim=(1, 2)) / (24 * 16)
    assert areas.min() < 0.95 < 1.05 < areas.max()

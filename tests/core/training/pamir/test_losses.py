"""The losses by numbers that are worked out by hand."""

import math

import pytest
import torch

from core.training.pamir.losses import colour_losses, occupancy_losses


def test_all_stages_count_alike() -> None:
    inside = torch.tensor([[[1.0], [0.0]]])
    stages = [torch.full((1, 2, 1), 0.5), torch.tensor([[[1.0], [1.0]]]), torch.tensor([[[0.9], [0.1]]])]
    losses = occupancy_losses(stages, inside)
    assert losses["loss"].item() == pytest.approx(0.25 + 0.5 + 0.01)
    assert losses["last"].item() == pytest.approx(0.01)
    assert losses["error"].item() == 0.0
    assert occupancy_losses(stages[:2], inside)["error"].item() == 0.5


def test_colours_and_a_little_for_low_attention() -> None:
    colours = torch.full((1, 4, 3), 0.5)
    losses = colour_losses(colours - 0.2, colours + 0.1, torch.full((1, 4, 1), 0.25), colours)
    assert losses["loss"].item() == pytest.approx(0.1 + 0.2 - 0.005 * math.log(0.2501), abs=1e-6)
    blind = colour_losses(colours, colours, torch.zeros(1, 4, 1), colours)
    assert blind["loss"].item() == pytest.approx(-0.005 * math.log(1e-4), rel=1e-4)

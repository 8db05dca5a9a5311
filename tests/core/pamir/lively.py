"""Weights that make every layer count: a network's own first weights are too small to see a mistake by."""

import torch
from torch import nn


def enliven(network: nn.Module, seed: int = 0) -> nn.Module:
    """Set all weights and statistics to values of a trained network's size; returns it in evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in network.state_dict().items():
            noise = torch.randn(value.shape, generator=generator)
            if not value.dtype.is_floating_point:
                continue
            if name.endswith("running_var"):
                value.copy_(0.5 + noise.abs())
            elif value.ndim >= 2:
                # Matrices of graph convolutions are inputs first; it makes no difference to the size.
                value.copy_(noise * 1.4 / (value[0].numel() ** 0.5))
            elif name.endswith(("weight", "W")):
                value.copy_(1.0 + 0.3 * noise)
            else:
                value.copy_(0.2 * noise)
    return network.eval()

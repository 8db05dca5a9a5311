"""The decoder: sampled features to occupancy or colour, point by point. Module names are those of the checkpoints."""

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (1024, 512, 256, 128)
SLOPE = 0.2


class Decoder(nn.Module):
    """(B, inputs, N, 1) -> (B, outputs, N, 1) in 0-1. Every hidden layer but the last sees the input again."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv0 = nn.Sequential(nn.Conv2d(inputs, WIDTHS[0], 1))
        self.conv1 = nn.Sequential(nn.Conv2d(inputs + WIDTHS[0], WIDTHS[1], 1))
        self.conv2 = nn.Sequential(nn.Conv2d(inputs + WIDTHS[1], WIDTHS[2], 1))
        self.conv3 = nn.Sequential(nn.Conv2d(inputs + WIDTHS[2], WIDTHS[3], 1))
        self.conv4 = nn.Sequential(nn.Conv2d(WIDTHS[3], outputs, 1))

    def forward(self, features: Tensor) -> Tensor:
        hidden = functional.leaky_relu(self.conv0(features), SLOPE)
        for layer in (self.conv1, self.conv2, self.conv3):
            hidden = functional.leaky_relu(layer(torch.cat([features, hidden], dim=1)), SLOPE)
        return torch.sigmoid(self.conv4(hidden))


def sample_map(features: Tensor, projections: Tensor) -> Tensor:
    """Features (B, C, H, W) at projections (B, N, 2) in [-1, 1], x right, y down -> (B, C, N, 1)."""
    return functional.grid_sample(
        features, projections[:, :, None], mode="bilinear", padding_mode="border", align_corners=False
    )


def sample_volume(features: Tensor, points: Tensor) -> Tensor:
    """Features (B, C, D, H, W) at canonical points (B, N, 3) in [-0.5, 0.5], x y z to W H D -> (B, C, N, 1)."""
    sampled = functional.grid_sample(
        features, 2.0 * points[:, :, None, None], mode="bilinear", padding_mode="border", align_corners=False
    )
    return sampled[..., 0]

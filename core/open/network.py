"""Restage's geometry network: PaMIR's idea, body-conditioned pixel-aligned occupancy, sized for a processor.

A small U-Net sees the masked picture and the fitted body's front and back, and predicts the person's own. At a point,
its features, the predicted surfaces and the body's surface near the point give the occupancy, as a correction of the
body's: with its first weights the network says what the body says.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .body_maps import HALF, MAP_CHANNELS, POINT_CHANNELS

PICTURE, MAP = 256, 128
WIDTHS = (32, 64, 96, 128)
FEATURES = 32
# Front z, front normal, back z, back normal.
SIDES = 8
# Canonical length of about a centimetre: the unit of every distance that the network sees.
CENTIMETRE = 0.0046
# Beyond so many centimetres the body is sure of itself.
SURE = 6.0
GROUPS = 8
HIDDEN = 128


class Convolutions(nn.Sequential):
    """Two convolutions: (B, inputs, H, W) -> (B, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        layers: list[nn.Module] = []
        for width in (inputs, outputs):
            layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.GroupNorm(GROUPS, outputs), nn.ReLU(inplace=True)]
        super().__init__(*layers)


class OpenNet(nn.Module):
    """Run `encode` once a picture, then `decode` for any points."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(4, 24, 5, stride=2, padding=2), nn.GroupNorm(GROUPS, 24), nn.ReLU())
        inputs = 24 + MAP_CHANNELS
        self.down = nn.ModuleList()
        for width in WIDTHS:
            self.down.append(Convolutions(inputs, width))
            inputs = width
        self.up = nn.ModuleList(
            Convolutions(upper + lower, upper) for upper, lower in zip(WIDTHS[-2::-1], WIDTHS[:0:-1], strict=True)
        )
        self.features = nn.Conv2d(WIDTHS[0], FEATURES, 1)
        self.sides = nn.Conv2d(WIDTHS[0], SIDES, 1)
        asked = FEATURES + SIDES + 2 + POINT_CHANNELS
        self.first = nn.Linear(asked, HIDDEN)
        self.second = nn.Linear(HIDDEN, HIDDEN)
        self.third = nn.Linear(HIDDEN + asked, HIDDEN // 2)
        self.last = nn.Linear(HIDDEN // 2, 1)
        for layer in (self.sides, self.last):
            nn.init.zeros_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def encode(self, picture: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, FEATURES, MAP, MAP) and the person's sides (B, SIDES, MAP, MAP), z canonical, normals raw.

        picture: (B, 4, PICTURE, PICTURE) RGB times mask, and mask, 0-1; maps: (B, MAP_CHANNELS, MAP, MAP) of
        BodyShape.maps, filled beyond the body (core.open.inputs).
        """
        scaled = torch.cat([maps[:, :1], maps[:, 1:2] * 4, maps[:, 2:5], maps[:, 5:6] * 4, maps[:, 6:9]], dim=1)
        x = torch.cat([self.stem(picture), scaled], dim=1)
        kept = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            kept.append(x)
        for block, skip in zip(self.up, kept[-2::-1], strict=True):
            larger = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = block(torch.cat([skip, larger], dim=1))
        correction = self.sides(x)
        unit = torch.ones(SIDES, device=x.device)
        # Depths are corrected by centimetres.
        unit[0] = unit[4] = 5 * CENTIMETRE
        return self.features(x), maps[:, 1:] + correction * unit[:, None, None]

    def decode(self, features: Tensor, sides: Tensor, points: Tensor, body: Tensor) -> Tensor:
        """(B, N) logits of occupancy. points: (B, N, 3) canonical; body: (B, N, POINT_CHANNELS) of BodyShape.points."""
        place = points[:, :, None, :2] * points.new_tensor([1.0, -1.0]) / HALF
        sampled = functional.grid_sample(
            torch.cat([features, sides], dim=1), place, padding_mode="border", align_corners=False
        )[..., 0].transpose(1, 2)
        seen, side = sampled[..., :FEATURES], sampled[..., FEATURES:]
        z = points[..., 2:]
        before = ((z - side[..., :1]) / CENTIMETRE / 5).clamp(-4, 4)
        behind = ((side[..., 4:5] - z) / CENTIMETRE / 5).clamp(-4, 4)
        distance = body[..., :1] / CENTIMETRE
        near = (body[..., :4] / CENTIMETRE / 5).clamp(-4, 4)
        asked = torch.cat([seen, side * 2, before, behind, near, body[..., 4:7], body[..., 7:] * 4], dim=2)
        x = functional.leaky_relu(self.first(asked), 0.1)
        x = functional.leaky_relu(self.second(x), 0.1)
        x = functional.leaky_relu(self.third(torch.cat([x, asked], dim=2)), 0.1)
        return self.last(x)[..., 0] - distance[..., 0].clamp(-SURE, SURE)

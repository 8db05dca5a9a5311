"""Restage's geometry network: PaMIR's idea, body-conditioned pixel-aligned occupancy, sized for a processor.

A small U-Net sees the masked picture and the fitted body's front and back, and predicts the person's own. At a point,
its features, the predicted surfaces and the body's surface near the point give the occupancy, as a correction of the
body's: with its first weights the network says what the body says. A head at the picture's resolution predicts both
sides' normals, folds included, and the colours of the side that the camera does not see.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..spaces import CROP_HALF
from .body_maps import MAP_CHANNELS, POINT_CHANNELS

PICTURE, MAP = 256, 128
# Pictures may be cut to this many columns around their middle, or a multiple: the U-Net halves three times.
COLUMNS = 16
# Front z, front normal, back z, back normal.
SIDES = 8
# Front normal, back normal, colours of the back.
DETAILS = 9
# What the back shares with the front at first, as a logit.
ALIKE = 3.0
# Canonical length of about a centimetre: the unit of every distance that the network sees.
CENTIMETRE = 0.0046
# Beyond so many centimetres the body is sure of itself.
SURE = 6.0
GROUPS = 8
# Channels of the head that works at the picture's resolution.
FINE = 24


@dataclass(frozen=True)
class Size:
    """widths: channels of the U-Net's levels; features: of what it says about a pixel; hidden: of the layers that
    answer for a point. Multiples of GROUPS."""

    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    features: int = 32
    hidden: int = 128


SHIPPED = Size()


class Convolutions(nn.Sequential):
    """Two convolutions: (B, inputs, H, W) -> (B, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        layers: list[nn.Module] = []
        for width in (inputs, outputs):
            layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.GroupNorm(GROUPS, outputs), nn.ReLU(inplace=True)]
        super().__init__(*layers)


@dataclass(frozen=True)
class Encoded:
    """What the network sees in a picture of W columns (a map has W / 2).

    features: (B, Size.features, MAP, W / 2); sides: (B, SIDES, MAP, W / 2), z canonical, normals raw; fine: (B, FINE,
    PICTURE, W); details: (B, DETAILS, PICTURE, W), normals raw, colours 0-1.
    """

    features: Tensor
    sides: Tensor
    fine: Tensor
    details: Tensor


class OpenNet(nn.Module):
    """Run `encode` once a picture, then `decode` for any points."""

    def __init__(self, size: Size = SHIPPED) -> None:
        super().__init__()
        self.size = size
        widths = size.widths
        self.stem = nn.Sequential(nn.Conv2d(4, 24, 5, stride=2, padding=2), nn.GroupNorm(GROUPS, 24), nn.ReLU())
        inputs = 24 + MAP_CHANNELS
        self.down = nn.ModuleList()
        for width in widths:
            self.down.append(Convolutions(inputs, width))
            inputs = width
        self.up = nn.ModuleList(
            Convolutions(upper + lower, upper) for upper, lower in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )
        self.features = nn.Conv2d(widths[0], size.features, 1)
        self.sides = nn.Conv2d(widths[0], SIDES, 1)
        self.texture = nn.Conv2d(4, 8, 3, padding=1)
        self.narrow = nn.Conv2d(widths[0], FINE, 1)
        self.blend = nn.Sequential(nn.Conv2d(FINE + 8, FINE, 3, padding=1), nn.GroupNorm(GROUPS, FINE), nn.ReLU())
        # Corrections of what is known; then how much the back shares with the front, and its colours where it does not.
        self.details = nn.Conv2d(FINE, DETAILS + 4, 3, padding=1)
        asked, hidden = self.asked_channels(), size.hidden
        self.first = nn.Linear(asked, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.third = nn.Linear(hidden + asked, hidden // 2)
        self.last = nn.Linear(hidden // 2, 1)
        for layer in (self.sides, self.details, self.last):
            nn.init.zeros_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if self.details.bias is not None:
            nn.init.constant_(self.details.bias[DETAILS], ALIKE)

    def asked_channels(self) -> int:
        """How many channels `asked` gives."""
        return self.size.features + SIDES + 2 + POINT_CHANNELS

    def encode(self, picture: Tensor, maps: Tensor) -> Encoded:
        """What a picture shows.

        picture: (B, 4, PICTURE, W) RGB times mask, and mask, 0-1, the crop's W middle columns; maps: (B, MAP_CHANNELS,
        MAP, W / 2) of BodyShape.maps, filled beyond the body (core.open.inputs). W is a multiple of 2 COLUMNS.
        """
        return self.heads(self.trunk(picture, maps), picture, maps)

    def trunk(self, picture: Tensor, maps: Tensor) -> Tensor:
        """(B, widths[0], MAP, W / 2): what the heads share."""
        scaled = torch.cat([maps[:, :1], maps[:, 1:2] * 4, maps[:, 2:5], maps[:, 5:6] * 4, maps[:, 6:]], dim=1)
        x = torch.cat([self.stem(picture), scaled], dim=1)
        kept = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            kept.append(x)
        x = self.overview(x)
        for block, skip in zip(self.up, kept[-2::-1], strict=True):
            x = block(torch.cat([skip, doubled(x)], dim=1))
        return x

    def overview(self, x: Tensor) -> Tensor:
        """The U-Net's lowest level, (B, widths[-1], MAP / 8, W / 16), before it rises again."""
        return x

    def heads(self, x: Tensor, picture: Tensor, maps: Tensor) -> Encoded:
        """What is said of the trunk's features."""
        # Depths are corrected by centimetres.
        unit = torch.ones(SIDES, 1, 1, device=x.device)
        unit[0] = unit[4] = 5 * CENTIMETRE
        sides = maps[:, 1 : 1 + SIDES] + self.sides(x) * unit
        fine = self.blend(torch.cat([doubled(self.narrow(x)), self.texture(picture)], dim=1))
        first = torch.cat([doubled(sides[:, [1, 2, 3, 5, 6, 7]]), picture[:, :3]], dim=1)
        normals, colours, alike, other = torch.split(self.details(fine), [6, 3, 1, 3], dim=1)
        share = torch.sigmoid(alike)
        # As in PaMIR's texture network, a share of the picture's colours and a share of imagined ones.
        behind = share * (first[:, 6:] + colours) + (1 - share) * (other + 0.5)
        return Encoded(self.features(x), sides, fine, torch.cat([first[:, :6] + normals, behind], dim=1))

    def decode(self, encoded: Encoded, points: Tensor, body: Tensor) -> Tensor:
        """(B, N) logits of occupancy. points: (B, N, 3) canonical; body: (B, N, POINT_CHANNELS) of BodyShape.points."""
        asked = self.asked(encoded, points, body)
        x = functional.leaky_relu(self.first(asked), 0.1)
        x = functional.leaky_relu(self.second(x), 0.1)
        x = functional.leaky_relu(self.third(torch.cat([x, asked], dim=2)), 0.1)
        return self.last(x)[..., 0] - (body[..., 0] / CENTIMETRE).clamp(-SURE, SURE)

    def asked(self, encoded: Encoded, points: Tensor, body: Tensor) -> Tensor:
        """(B, N, asked_channels) what is known at points: what the picture shows there, how far the predicted surfaces
        are, what the body says."""
        sampled = seen_at(torch.cat([encoded.features, encoded.sides], dim=1), points)
        seen, side = sampled[..., : self.size.features], sampled[..., self.size.features :]
        z = points[..., 2:]
        before = ((z - side[..., :1]) / CENTIMETRE / 5).clamp(-4, 4)
        behind = ((side[..., 4:5] - z) / CENTIMETRE / 5).clamp(-4, 4)
        return torch.cat([seen, side * 2, before, behind, body_asked(body)], dim=2)


def body_asked(body: Tensor) -> Tensor:
    """(B, N, POINT_CHANNELS) of BodyShape.points, in the units that the network sees."""
    near = (body[..., :4] / CENTIMETRE / 5).clamp(-4, 4)
    return torch.cat([near, body[..., 4:7], body[..., 7:8] * 4, body[..., 8:]], dim=2)


def seen_at(maps: Tensor, points: Tensor) -> Tensor:
    """(B, N, C): maps (B, C, H, W), cut to their middle columns, at points (B, N, 3) canonical."""
    # Of the crop only so much may have been cut out.
    shown = maps.shape[-1] / maps.shape[-2]
    place = points[:, :, None, :2] * points.new_tensor([1.0 / shown, -1.0]) / CROP_HALF
    sampled = functional.grid_sample(maps.to(points.dtype), place, padding_mode="border", align_corners=False)
    return sampled[..., 0].transpose(1, 2)


def doubled(values: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, C, 2 H, 2 W)."""
    return functional.interpolate(values, scale_factor=2, mode="bilinear", align_corners=False)

"""The image encoder: a stacked hourglass network (Newell et al., ECCV 2016) with group normalisation.

Module names are those of the published checkpoints.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STACKS, DEPTH, MODULES = 4, 4, 3
CHANNELS, FEATURES = 128, 256
GROUPS = 4


class ResidualBlock(nn.Module):
    """Pre-activation residual block: (B, inputs, H, W) -> (B, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half = outputs // 2
        self.bn = nn.GroupNorm(GROUPS, inputs)
        self.conv1 = nn.Conv2d(inputs, half, 3, padding=1)
        self.bn2 = nn.GroupNorm(GROUPS, half)
        self.conv3 = nn.Conv2d(half, outputs, 3, padding=1)
        self.conv4 = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(functional.relu(self.bn(x)))
        y = self.conv3(functional.relu(self.bn2(y)))
        # The skip takes the input before normalisation.
        return y + (x if self.conv4 is None else self.conv4(x))


class Hourglass(nn.Module):
    """One hourglass of `depth` levels: (B, CHANNELS, H, W) -> the same; H and W are multiples of 2 ** depth."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        if depth > 1:
            self.low2 = Hourglass(depth - 1)
        else:
            self.low2_ = _blocks()
        self.up1_ = _blocks()
        self.low1_ = _blocks()
        self.low3_ = _blocks()
        self._inner = depth > 1

    def forward(self, x: Tensor) -> Tensor:
        low = _apply(self.low1_, functional.max_pool2d(x, 2))
        low = self.low2(low) if self._inner else _apply(self.low2_, low)
        low = _apply(self.low3_, low)
        up = functional.interpolate(low, scale_factor=2, mode="bilinear", align_corners=False)
        return _apply(self.up1_, x) + up


class StackedHourglass(nn.Module):
    """(B, 3, H, W) RGB 0-1 on white -> STACKS feature maps (B, FEATURES, H / 4, W / 4); H and W multiples of 64."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1_ = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.bn1 = nn.GroupNorm(GROUPS, 64)
        self.r1 = ResidualBlock(64, CHANNELS)
        self.r4 = ResidualBlock(CHANNELS, CHANNELS)
        self.r5 = ResidualBlock(CHANNELS, CHANNELS)
        self.hourglass = nn.ModuleList(Hourglass(DEPTH) for _ in range(STACKS))
        # A flat list for all stacks: MODULES blocks each.
        self.Residual = nn.ModuleList(ResidualBlock(CHANNELS, CHANNELS) for _ in range(STACKS * MODULES))
        self.lin_ = nn.ModuleList(
            nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 1), nn.GroupNorm(GROUPS, CHANNELS)) for _ in range(STACKS)
        )
        self.tmpOut = nn.ModuleList(nn.Conv2d(CHANNELS, FEATURES, 1) for _ in range(STACKS))
        self.ll_ = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 1) for _ in range(STACKS - 1))
        self.tmpOut_ = nn.ModuleList(nn.Conv2d(FEATURES, CHANNELS, 1) for _ in range(STACKS - 1))

    def forward(self, image: Tensor) -> list[Tensor]:
        x = self.r1(functional.relu(self.bn1(self.conv1_(image))))
        x = self.r5(self.r4(functional.max_pool2d(x, 2)))
        outputs = []
        for stack in range(STACKS):
            h = self.hourglass[stack](x)
            for block in range(MODULES * stack, MODULES * (stack + 1)):
                h = self.Residual[block](h)
            h = functional.relu(self.lin_[stack](h))
            output = self.tmpOut[stack](h)
            outputs.append(output)
            if stack < STACKS - 1:
                x = x + self.ll_[stack](h) + self.tmpOut_[stack](output)
        return outputs


def _blocks() -> nn.ModuleList:
    return nn.ModuleList(ResidualBlock(CHANNELS, CHANNELS) for _ in range(MODULES))


def _apply(blocks: nn.ModuleList, x: Tensor) -> Tensor:
    for block in blocks:
        x = block(x)
    return x


def initialise(network: nn.Module) -> None:
    """Weights as a training starts with: convolutions Xavier normal with gain 0.02, biases 0 (pamir.md 8)."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.Conv3d)):
                nn.init.xavier_normal_(module.weight, gain=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

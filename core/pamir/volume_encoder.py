"""The volume encoder: the voxelised body to a small volume of features. Module names are those of the checkpoints."""

from torch import Tensor, nn
from torch.nn import functional

CODES, FEATURES = 3, 32
GROUPS = 4


class ResidualBlock3d(nn.Module):
    """(B, FEATURES, D, H, W) -> the same. `bn` and `conv3` take no part; the checkpoints hold them."""

    def __init__(self) -> None:
        super().__init__()
        self.bn = nn.GroupNorm(GROUPS, FEATURES)
        self.conv1 = nn.Conv3d(FEATURES, FEATURES, 3, padding=2, dilation=2)
        self.bn1 = nn.GroupNorm(GROUPS, FEATURES)
        self.conv2 = nn.Conv3d(FEATURES, FEATURES, 3, padding=1)
        self.bn2 = nn.GroupNorm(GROUPS, FEATURES)
        self.conv3 = nn.Conv3d(FEATURES, FEATURES, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        return x + self.bn2(self.conv2(y))


class VolumeEncoder(nn.Module):
    """(B, CODES, R, R, R), axes z, y, x -> three volumes (B, FEATURES, R / 4, R / 4, R / 4), the last one the result.

    The first two are side branches that only training decodes; `last_only` leaves them out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(CODES, 8, 5, stride=2, padding=4, dilation=2)
        self.bn1 = nn.GroupNorm(GROUPS, 8)
        self.conv2 = nn.Conv3d(8, FEATURES, 5, stride=2, padding=4, dilation=2)
        self.bn2 = nn.GroupNorm(GROUPS, FEATURES)
        self.r1 = ResidualBlock3d()
        self.r2 = ResidualBlock3d()
        self.r3 = ResidualBlock3d()
        self.conv_out1 = nn.Conv3d(FEATURES, FEATURES, 3, padding=1)
        self.conv_out2 = nn.Conv3d(FEATURES, FEATURES, 3, padding=1)

    def forward(self, volume: Tensor, last_only: bool = False) -> list[Tensor]:
        x = functional.relu(self.bn1(self.conv1(volume)))
        x = functional.relu(self.bn2(self.conv2(x)))
        first = self.r1(x)
        second = self.r2(first)
        last = self.r3(second)
        return [last] if last_only else [self.conv_out1(first), self.conv_out2(second), last]

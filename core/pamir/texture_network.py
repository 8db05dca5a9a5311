"""PaMIR's texture network: colour at surface points, mixed from what it predicts and what the picture shows there."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from . import image_encoder, volume_encoder
from .decoder import Decoder, sample_map, sample_volume
from .image_encoder import initialise
from .volume_encoder import VolumeEncoder

CHANNELS, GROUPS, BLOCKS = 256, 32, 6
FEATURES = CHANNELS + image_encoder.FEATURES + volume_encoder.FEATURES


class TextureBlock(nn.Module):
    """(B, CHANNELS, H, W) -> the same. `bn` and `conv3` take no part; the checkpoints hold them."""

    def __init__(self) -> None:
        super().__init__()
        self.bn = nn.GroupNorm(GROUPS, CHANNELS)
        self.conv1 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.bn1 = nn.GroupNorm(GROUPS, CHANNELS)
        self.conv2 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.bn2 = nn.GroupNorm(GROUPS, CHANNELS)
        self.conv3 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.bn1(self.conv1(x)))
        return x + self.bn2(self.conv2(y))


class TextureEncoder(nn.Module):
    """(B, 3, H, W) RGB 0-1 on white -> (B, CHANNELS, H / 4, W / 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, padding=3, padding_mode="circular")
        self.bn1 = nn.GroupNorm(GROUPS, 64)
        self.conv2 = nn.Conv2d(64, 128, 3, stride=2, padding=1)
        self.bn2 = nn.GroupNorm(GROUPS, 128)
        self.conv3 = nn.Conv2d(128, CHANNELS, 3, stride=2, padding=1)
        self.bn3 = nn.GroupNorm(GROUPS, CHANNELS)
        for index in range(1, BLOCKS + 1):
            self.add_module(f"r{index}", TextureBlock())

    def forward(self, image: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(image)))
        x = functional.relu(self.bn2(self.conv2(x)))
        x = functional.relu(self.bn3(self.conv3(x)))
        for index in range(1, BLOCKS + 1):
            x = self.get_submodule(f"r{index}")(x)
        return x


class TexPamirNetAttention(nn.Module):
    """Zheng et al., PaMIR, section 4.4. No test of visibility: the attention decides what the picture shows."""

    def __init__(self) -> None:
        super().__init__()
        self.cg = TextureEncoder()
        self.ve = VolumeEncoder()
        self.mlp = Decoder(FEATURES, 4)
        initialise(self)

    def forward(
        self, image: Tensor, volume: Tensor, points: Tensor, projections: Tensor, geometry_features: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Predicted colours (B, N, 3), final colours (B, N, 3), attention (B, N, 1), RGB 0-1, and the volume's
        features at the points (B, 32, N).

        geometry_features: (B, 256, 128, 128) of PamirNet.image_features; the rest as in PamirNet.
        """
        volume_features = self.volume_features(volume)
        colours = self.decode(
            image, self.image_features(image), geometry_features, volume_features, points, projections
        )
        return *colours, sample_volume(volume_features, points)[..., 0]

    def image_features(self, image: Tensor) -> Tensor:
        """(B, 256, 128, 128)."""
        return self.cg(image)

    def volume_features(self, volume: Tensor) -> Tensor:
        """(B, 32, 32, 32, 32)."""
        return self.ve(volume, last_only=True)[-1]

    def decode(
        self,
        image: Tensor,
        image_features: Tensor,
        geometry_features: Tensor,
        volume_features: Tensor,
        points: Tensor,
        projections: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Predicted colours (B, N, 3), final colours (B, N, 3) and attention (B, N, 1)."""
        sampled = [
            sample_map(image_features, projections),
            sample_map(geometry_features, projections),
            sample_volume(volume_features, points),
        ]
        decoded = self.mlp(torch.cat(sampled, dim=1))[..., 0].transpose(1, 2)
        predicted, attention = decoded[..., :3], decoded[..., 3:]
        shown = sample_map(image, projections)[..., 0].transpose(1, 2)
        return predicted, attention * shown + (1.0 - attention) * predicted, attention

"""PaMIR's geometry network: occupancy at points of the canonical volume, from a picture and a voxelised body."""

import torch
from torch import Tensor, nn

from . import image_encoder, volume_encoder
from .decoder import Decoder, sample_map, sample_volume
from .image_encoder import StackedHourglass, initialise
from .volume_encoder import VolumeEncoder

FEATURES = image_encoder.FEATURES + volume_encoder.FEATURES


class PamirNet(nn.Module):
    """Zheng et al., PaMIR, section 4. Encoders and decoder can be run apart, so that features are computed once."""

    def __init__(self) -> None:
        super().__init__()
        self.hg = StackedHourglass()
        self.ve = VolumeEncoder()
        self.mlp = Decoder(FEATURES, 1)
        initialise(self)

    def forward(self, image: Tensor, volume: Tensor, points: Tensor, projections: Tensor) -> list[Tensor]:
        """Occupancies (B, N, 1), one for each of the last three stages; the last is the result.

        image: (B, 3, 512, 512) RGB 0-1 on white; volume: (B, 3, 128, 128, 128), axes z, y, x; points: (B, N, 3)
        canonical, [-0.5, 0.5]; projections: (B, N, 2) in [-1, 1], x right, y down.
        """
        # The first of the four maps is never decoded.
        maps = self.hg(image)[1:]
        volumes = self.ve(volume)
        return [self.decode(*features, points, projections) for features in zip(maps, volumes, strict=True)]

    def image_features(self, image: Tensor) -> Tensor:
        """(B, 256, 128, 128), of the last stage."""
        return self.hg(image)[-1]

    def volume_features(self, volume: Tensor) -> Tensor:
        """(B, 32, 32, 32, 32), of the last stage."""
        return self.ve(volume, last_only=True)[-1]

    def decode(self, image_features: Tensor, volume_features: Tensor, points: Tensor, projections: Tensor) -> Tensor:
        """(B, N, 1) occupancy of one stage; differentiable in points and projections."""
        sampled = torch.cat([sample_map(image_features, projections), sample_volume(volume_features, points)], dim=1)
        return self.mlp(sampled)[..., 0].transpose(1, 2)

"""Networks that Restage's own is compared with, trained on the same batches (docs/networks.md)."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from ..errors import ExitCode, RestageError
from ..open.body_maps import POINT_CHANNELS
from ..open.network import CENTIMETRE, FINE, MAP, SHIPPED, Encoded, OpenNet, Size, body_asked, seen_at


class BareNet(OpenNet):
    """Without predicted surfaces: its points are not told of them, and only occupancy forms its features. Its normals
    and colours are read off these features and do not change them."""

    def encode(self, picture: Tensor, maps: Tensor) -> Encoded:
        x = self.trunk(picture, maps)
        return replace(self.heads(x.detach(), picture, maps), features=self.features(x))

    def asked_channels(self) -> int:
        return self.size.features + POINT_CHANNELS

    def asked(self, encoded: Encoded, points: Tensor, body: Tensor) -> Tensor:
        return torch.cat([seen_at(encoded.features, points), body_asked(body)], dim=2)


class PlainNet(BareNet):
    """PaMIR-lite: of the body, its points are told the signed distance and their depth, and nothing else."""

    def asked_channels(self) -> int:
        return self.size.features + 2

    def asked(self, encoded: Encoded, points: Tensor, body: Tensor) -> Tensor:
        near = torch.cat([(body[..., :1] / CENTIMETRE / 5).clamp(-4, 4), body[..., 7:8] * 4], dim=2)
        return torch.cat([seen_at(encoded.features, points), near], dim=2)


class FineNet(OpenNet):
    """Its points see the features and normals of the picture's own resolution, too."""

    def asked_channels(self) -> int:
        return super().asked_channels() + FINE + 6

    def asked(self, encoded: Encoded, points: Tensor, body: Tensor) -> Tensor:
        fine = seen_at(torch.cat([encoded.fine, encoded.details[:, :6]], dim=1), points)
        return torch.cat([super().asked(encoded, points, body), fine], dim=2)


class WholeNet(FineNet):
    """Every part of the picture attends to every other one, at the U-Net's lowest level: an arm tells of the other."""

    def __init__(self, size: Size = SHIPPED) -> None:
        super().__init__(size)
        width, side = size.widths[-1], MAP // 8
        self.places = nn.Parameter(0.02 * torch.randn(1, width, side, side))
        self.attention = nn.ModuleList(
            nn.TransformerEncoderLayer(width, 4, 2 * width, 0.0, batch_first=True, norm_first=True)
            for _ in range(ATTENTIONS)
        )

    def overview(self, x: Tensor) -> Tensor:
        side, columns = x.shape[2:]
        left = (side - columns) // 2
        tokens = (x + self.places[..., left : left + columns]).flatten(2).transpose(1, 2)
        for layer in self.attention:
            tokens = layer(tokens)
        return tokens.transpose(1, 2).unflatten(2, (side, columns)).contiguous()


ATTENTIONS = 2
WIDE = Size((64, 96, 160, 224), 48, 192)
NETWORKS: dict[str, Callable[[], OpenNet]] = {
    "open": OpenNet,
    "plain": PlainNet,
    "bare": BareNet,
    "fine": FineNet,
    "wide": lambda: OpenNet(WIDE),
    "whole": lambda: WholeNet(WIDE),
}


def new_network(name: str) -> OpenNet:
    """A network with random weights. Raises RestageError `bad_arguments`."""
    if name not in NETWORKS:
        raise RestageError(
            "bad_arguments",
            f"There is no network '{name}' to train; there are {', '.join(NETWORKS)}.",
            ExitCode.BAD_ARGUMENTS,
        )
    return NETWORKS[name]()

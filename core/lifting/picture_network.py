"""The network that sees depth in one picture: how far landmarks, and points all over the body, are from the camera.

MediaPipe's features (backbone.json), which know photographs, and a decoder of attention in the manner of DETR (Carion
et al., "End-to-end object detection with transformers", ECCV 2020): a query for each point looks at the picture and at
the other points. Where it lies in the picture is the middle of a map of likelihoods (Sun et al., "Integral human pose
regression", ECCV 2018), from whose place it takes what is to be seen there, and looks again.
"""

import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..mediapipe_network import MediaPipeNetwork
from .sight import LANDMARKS

BACKBONE = Path(__file__).with_name("backbone.json")
PICTURE = 256
# Around the person.
GREY = 0.5
# Points of the body's surface besides the landmarks (surface_points.py).
SURFACE = 64
QUERIES = LANDMARKS + SURFACE
WIDTH, HEADS, LAYERS = 192, 6, 6
# After so many layers each, a query says where its point is.
GLANCE_EVERY = 2
# Features and side of the finest map that a point is looked for in, and the length of what is compared there.
FINE, FINE_SIDE, KEY = 48, 64, 64
# Per point: x and y in the picture, depth, and the logarithms of their spreads.
OUTPUTS = 5
# Mean absolute error whose logarithm is 0, in sides of the picture, and the range of that logarithm.
UNIT = 0.03
LOWEST, HIGHEST = -3.5, 2.5


class Points(NamedTuple):
    """image: (N, Q, 2) in sides of the picture from its middle, x right, y down; depth: (N, Q) towards the camera from
    the hips' middle, in lengths of a side at the hips; spreads: (N, Q, 2) logarithms of the mean absolute errors of
    image and depth in UNITs."""

    image: Tensor
    depth: Tensor
    spreads: Tensor


class Layer(nn.Module):
    """Queries look at each other, then at the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))
        self.points = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.picture = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.mix = nn.Sequential(nn.Linear(WIDTH, 3 * WIDTH), nn.GELU(), nn.Linear(3 * WIDTH, WIDTH))

    def forward(self, queries: Tensor, picture: Tensor) -> Tensor:
        normed = self.norms[0](queries)
        queries = queries + self.points(normed, normed, normed, need_weights=False)[0]
        queries = queries + self.picture(self.norms[1](queries), picture, picture, need_weights=False)[0]
        return queries + self.mix(self.norms[2](queries))


class Glance(nn.Module):
    """Queries find their places in the fine features, and take with them what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.wanted = nn.Linear(WIDTH, KEY)
        self.known = nn.Linear(FINE, KEY)
        self.enter = nn.Linear(FINE + 2, WIDTH)
        self.leave = nn.Linear(WIDTH, OUTPUTS)

    def forward(self, queries: Tensor, fine: Tensor, grid: Tensor) -> tuple[Tensor, Points]:
        """(N, Q, WIDTH), (N, FINE_SIDE^2, FINE), (FINE_SIDE^2, 2) -> the queries, and what they say so far."""
        keys = self.known(fine)
        likely = (self.wanted(self.norm(queries)) @ keys.transpose(1, 2) / math.sqrt(KEY)).float().softmax(dim=2)
        # Half precision would move places by half a percent of the picture.
        with torch.autocast(queries.device.type, enabled=False):
            place = likely @ grid
        found = torch.cat([likely.to(fine.dtype) @ fine, place.to(fine.dtype)], dim=2)
        queries = queries + self.enter(found)
        said = self.leave(self.norm(queries)).float()
        spreads = said[..., 3:].clamp(LOWEST, HIGHEST)
        return queries, Points(place + UNIT * said[..., :2], UNIT * said[..., 2], spreads)


class PictureNet(nn.Module):
    """(N, 3, 256, 256) RGB 0-1 of a person, grey around it, to Points."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = MediaPipeNetwork(BACKBONE)
        self.near = nn.Linear(88 + 48, WIDTH)
        self.far = nn.Linear(288, WIDTH)
        self.places = nn.Parameter(torch.cat([_waves(16), _waves(8)]))
        self.names = nn.Parameter(0.02 * torch.randn(QUERIES, WIDTH))
        # MediaPipe's own guess of a landmark: in the picture, its confidences, in space; and the features there.
        self.guess = nn.Linear(5 + 3 + FINE, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.glances = nn.ModuleList(Glance() for _ in range(LAYERS // GLANCE_EVERY))

    def forward(self, pictures: Tensor) -> Points:
        return self.stages(pictures)[-1]

    def stages(self, pictures: Tensor) -> list[Points]:
        """What is said after every glance; the last one counts."""
        seen = self.backbone(pictures)
        near = torch.cat([seen["coarse"], seen["pyramid"]], dim=1).flatten(2).transpose(1, 2)
        far = seen["deep"].flatten(2).transpose(1, 2)
        picture = torch.cat([self.near(near), self.far(far)], dim=1) + self.places
        fine = seen["fine"].flatten(2).transpose(1, 2)
        image = seen["image"].unflatten(1, (-1, 5))[:, :LANDMARKS]
        world = seen["world"].unflatten(1, (-1, 3))[:, :LANDMARKS]
        flat = image[..., :2] / PICTURE - 0.5
        around = functional.grid_sample(seen["fine"], 2 * flat[:, None], align_corners=False)[:, :, 0].transpose(1, 2)
        guess = torch.cat([flat, image[..., 2:3] / PICTURE, image[..., 3:].sigmoid(), world, around], dim=2)
        queries = self.names.expand(len(pictures), -1, -1)
        queries = torch.cat([queries[:, :LANDMARKS] + self.guess(guess), queries[:, LANDMARKS:]], dim=1)
        grid, stages = _grid(FINE_SIDE, pictures.device), []
        for number, layer in enumerate(self.layers, start=1):
            queries = layer(queries, picture)
            if number % GLANCE_EVERY == 0:
                queries, points = self.glances[number // GLANCE_EVERY - 1](queries, fine, grid)
                stages.append(points)
        return stages


def _grid(side: int, device: torch.device) -> Tensor:
    """(side^2, 2) middles of cells, x and y in sides from the picture's middle."""
    line = (torch.arange(side, device=device) + 0.5) / side - 0.5
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=2).flatten(0, 1)


def _waves(side: int) -> Tensor:
    """(side^2, WIDTH): each cell's place as waves of it, from which a place is easily read again."""
    rates = math.pi * 2.0 ** (torch.arange(WIDTH // 4) / (WIDTH // 4) * 4)
    angles = _grid(side, torch.device("cpu"))[..., None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=2).flatten(1)

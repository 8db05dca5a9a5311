"""GraphCMR's graph network (Kolotouros et al., CVPR 2019): a picture to a coarse body mesh and a camera.

Features lie in (B, C, V): V vertices of the coarse template. Module names are those of the checkpoints.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .resnet import FEATURES, ResNet50

CHANNELS = 256
LAYERS = 5
# Channels in one group of a normalisation.
GROUP = 8


class GraphLinear(nn.Module):
    """The same linear map at every vertex: (B, inputs, V) -> (B, outputs, V)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty(outputs, inputs).uniform_(-1, 1) * inputs**-0.5)
        self.b = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.W @ x + self.b[:, None]


class GraphConvolution(nn.Module):
    """A linear map, then the mean over each vertex's neighbours: (B, C, V) -> (B, C, V).

    adjacency: (V, V), every row's sum 1.
    """

    def __init__(self, inputs: int, outputs: int, adjacency: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs).uniform_(-1, 1) * inputs**-0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))
        # It belongs to the mesh and not to the weights, so the checkpoints do not hold it.
        self.register_buffer("adjacency", adjacency, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, _, vertices = x.shape
        mixed = torch.einsum("bcv,cd->vbd", x, self.weight)
        spread = (self.get_buffer("adjacency") @ mixed.reshape(vertices, -1)).reshape(vertices, batch, -1)
        return (spread + self.bias).permute(1, 2, 0)


class GraphResidualBlock(nn.Module):
    """(B, inputs, V) -> (B, outputs, V). `skip_conv` takes part only where the channels change."""

    def __init__(self, inputs: int, outputs: int, adjacency: Tensor) -> None:
        super().__init__()
        half = outputs // 2
        self.lin1 = GraphLinear(inputs, half)
        self.conv = GraphConvolution(half, half, adjacency)
        self.lin2 = GraphLinear(half, outputs)
        self.skip_conv = GraphLinear(inputs, outputs)
        self.pre_norm = nn.GroupNorm(inputs // GROUP, inputs)
        self.norm1 = nn.GroupNorm(half // GROUP, half)
        self.norm2 = nn.GroupNorm(half // GROUP, half)
        self._widen = inputs != outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.lin1(functional.relu(self.pre_norm(x)))
        y = self.conv(functional.relu(self.norm1(y)))
        y = self.lin2(functional.relu(self.norm2(y)))
        return y + (self.skip_conv(x) if self._widen else x)


class GraphCNN(nn.Module):
    """adjacency: (V, V) row-normalised, dense or sparse; template: (V, 3) coarse template vertices."""

    def __init__(self, adjacency: Tensor, template: Tensor) -> None:
        super().__init__()
        adjacency, template = torch.as_tensor(adjacency).float(), torch.as_tensor(template).float()
        vertices = len(template)
        self.resnet = ResNet50()
        shape = [
            GraphResidualBlock(CHANNELS, 64, adjacency),
            GraphResidualBlock(64, 32, adjacency),
            nn.GroupNorm(32 // GROUP, 32),
            nn.ReLU(),
            GraphLinear(32, 3),
        ]
        body: list[nn.Module] = [GraphLinear(3 + FEATURES, 2 * CHANNELS)]
        body.append(GraphResidualBlock(2 * CHANNELS, CHANNELS, adjacency))
        body += [GraphResidualBlock(CHANNELS, CHANNELS, adjacency) for _ in range(LAYERS)]
        self.shape = nn.Sequential(*shape)
        self.gc = nn.Sequential(*body)
        self.camera_fc = nn.Sequential(
            nn.GroupNorm(CHANNELS // GROUP, CHANNELS),
            nn.ReLU(),
            GraphLinear(CHANNELS, 1),
            nn.ReLU(),
            nn.Linear(vertices, 3),
        )
        self.register_buffer("template", template, persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Picture (B, 3, 224, 224), normalised -> vertices (B, 3, V) and weak-perspective camera (B, 3): s, x, y."""
        features = self.resnet(image)
        vertices = self.get_buffer("template")
        batch, count = len(image), len(vertices)
        x = torch.cat([vertices.T[None].expand(batch, -1, -1), features[:, :, None].expand(-1, -1, count)], dim=1)
        x = self.gc(x)
        return self.shape(x), self.camera_fc(x).reshape(batch, 3)

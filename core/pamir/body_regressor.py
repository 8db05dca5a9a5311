"""GraphCMR's second part: a coarse body mesh to SMPL's pose and shape. Module names are those of the checkpoints."""

import torch
from torch import Tensor, nn
from torch.nn import functional

VERTICES = 1723
HIDDEN = 1024
JOINTS, SHAPES = 24, 10


class LinearBlock(nn.Module):
    """(B, inputs) -> (B, HIDDEN)."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.fc_block = nn.Sequential(nn.Linear(inputs, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.fc_block(x)


class ResidualLinearBlock(nn.Module):
    """(B, HIDDEN) -> the same."""

    def __init__(self) -> None:
        super().__init__()
        self.fc_block = nn.Sequential(
            nn.Linear(HIDDEN, HIDDEN),
            nn.BatchNorm1d(HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.BatchNorm1d(HIDDEN),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.fc_block(x))


class SmplParamRegressor(nn.Module):
    """(B, V, 6): x y z of each predicted vertex, then of its template's -> rotations (B, 24, 3, 3), betas (B, 10)."""

    def __init__(self, vertices: int = VERTICES) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            LinearBlock(vertices * 6),
            ResidualLinearBlock(),
            ResidualLinearBlock(),
            nn.Linear(HIDDEN, JOINTS * 9 + SHAPES),
        )

    def forward(self, vertices: Tensor) -> tuple[Tensor, Tensor]:
        result = self.layers(vertices.flatten(1))
        matrices = result[:, : JOINTS * 9].reshape(-1, JOINTS, 3, 3)
        return nearest_rotations(matrices), result[:, JOINTS * 9 :]


def nearest_rotations(matrices: Tensor) -> Tensor:
    """(..., 3, 3) matrices -> the rotations that the checkpoints were trained with: U V^T of the singular value
    decomposition, and where that is a reflection, the whole matrix negated."""
    # Metal has no decomposition, and tiny ones are quicker on the processor everywhere.
    left, _, right = torch.linalg.svd(matrices.cpu().float())
    product = left @ right
    return (product * torch.linalg.det(product)[..., None, None]).to(matrices)

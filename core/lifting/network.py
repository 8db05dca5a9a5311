"""The lifting network: landmarks over time -> their places in space, and how sure it is of their depth.

Dilated convolutions over time, in the manner of Pavllo et al., "3D human pose estimation in video with temporal
convolutions and semi-supervised training", CVPR 2019, with MediaPipe's own guess as an input that is corrected.
"""

from torch import Tensor, nn

from .sight import INPUTS, LANDMARKS, from_hips

WIDTH = 320
# Frames that a block looks away on both sides: together about half a second at 30 frames a second.
REACHES = (1, 2, 4, 8, 1)
# Per landmark: correction of x, y, z; logarithm of the depth's spread.
OUTPUTS = 4
# The mean absolute error of a depth, in metres, whose logarithm is 0, and the range of that logarithm.
UNIT = 0.08
LOWEST, HIGHEST = -4.0, 2.0


class Block(nn.Module):
    """(N, T, WIDTH) -> (N, T, WIDTH): a convolution over time beside what it adds to."""

    def __init__(self, reach: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.over_time = nn.Conv1d(WIDTH, WIDTH, 3, padding=reach, dilation=reach, padding_mode="replicate")
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor) -> Tensor:
        near = self.over_time(self.norm(values).transpose(1, 2)).transpose(1, 2)
        return values + self.dropout(self.mix(nn.functional.gelu(near)))


class Lifter(nn.Module):
    """Corrects MediaPipe's landmarks in space by how they lie in the pictures, over time."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Linear(INPUTS, WIDTH)
        self.blocks = nn.Sequential(*(Block(reach, dropout) for reach in REACHES))
        self.norm = nn.LayerNorm(WIDTH)
        self.leave = nn.Linear(WIDTH, LANDMARKS * OUTPUTS)
        # Untrained, it says what MediaPipe says.
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, inputs: Tensor, guess: Tensor) -> tuple[Tensor, Tensor]:
        """inputs: (N, T, INPUTS) of sight.inputs; guess: (N, T, 33, 3) metres from the hips.

        Returns the landmarks (N, T, 33, 3), and the logarithm of the mean absolute error of their z in UNITs,
        (N, T, 33).
        """
        said = self.leave(self.norm(self.blocks(self.enter(inputs)))).unflatten(2, (LANDMARKS, OUTPUTS))
        return from_hips(guess + said[..., :3]), said[..., 3].clamp(LOWEST, HIGHEST)

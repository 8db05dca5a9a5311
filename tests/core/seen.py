"""A clip made of numbers alone, for fits that follow the body's."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Seen:
    """What these fits ask of a clip (core.body.observations.Observations)."""

    steady: torch.Tensor
    focal: float
    image_size: tuple[int, int] = (1000, 1000)
    frame_seconds: float = 1 / 30

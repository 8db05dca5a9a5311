"""Random numbers for a batch, drawn on the device."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Draws:
    """For each of `count` pictures its own."""

    count: int
    generator: torch.Generator

    @classmethod
    def of(cls, count: int, seed: int, device: torch.device) -> "Draws":
        """The same numbers for the same seed, on the same kind of device."""
        return cls(count, torch.Generator(device).manual_seed(seed))

    @property
    def device(self) -> torch.device:
        """Where the numbers are."""
        return self.generator.device

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """(N, *shape) between low and high."""
        return low + (high - low) * torch.rand(self.count, *shape, generator=self.generator, device=self.device)

    def normal(self, *shape: int) -> Tensor:
        """(N, *shape) of spread 1."""
        return torch.randn(self.count, *shape, generator=self.generator, device=self.device)

    def chance(self, share: float) -> Tensor:
        """(N,) bool."""
        return self.uniform(0, 1) < share

    def one_of(self, count: int) -> Tensor:
        """(N,) whole numbers below `count`."""
        return torch.randint(count, (self.count,), generator=self.generator, device=self.device)

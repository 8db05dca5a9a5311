"""Filmed pictures, kept on the device to be seen again: filming one takes as long as learning from it."""

import torch
from torch import Tensor

from ...lifting.picture_network import PICTURE, QUERIES
from .draws import Draws
from .film import Shots


class Album:
    """At most `size` shots, colours and masks in 256 steps; new ones take the places of the oldest."""

    def __init__(self, size: int, device: torch.device) -> None:
        self._pictures = torch.empty(size, 4, PICTURE, PICTURE, dtype=torch.uint8, device=device)
        self._points = torch.empty(size, QUERIES, 3, device=device)
        self._size, self._added = size, 0

    def __len__(self) -> int:
        return min(self._added, self._size)

    def add(self, shots: Shots) -> None:
        count = len(shots.points)
        places = (torch.arange(self._added, self._added + count) % self._size).to(shots.points.device)
        self._pictures[places] = _bytes(torch.cat([shots.pictures, shots.masks], dim=1))
        self._points[places] = shots.points
        self._added += count

    def draw(self, draws: Draws) -> Shots:
        """Any of the shots that are here, one for each of the draws."""
        chosen = draws.one_of(len(self))
        pictures = self._pictures[chosen].float() / 255
        return Shots(pictures[:, :3], pictures[:, 3:], self._points[chosen])


def _bytes(pictures: Tensor) -> Tensor:
    return (255 * pictures + 0.5).clamp(0, 255).to(torch.uint8)

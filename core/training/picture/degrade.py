"""What cameras, masks and the world do to a picture of a person, done on the device."""

import torch
from torch import Tensor
from torch.nn import functional

from ...lifting.picture_network import GREY, PICTURE
from ..degrade import blurred
from .draws import Draws
from .film import Shots

# Pixels: of the blur, of the mask's edge.
BLURS, EDGES, REACH = (0.05, 2.2), (0.5, 2.5), 7
# Spreads of channels' gains, of the mix of channels, of the logarithm of gamma; most noise.
GAIN, MIX, GAMMA, NOISE = 0.12, 0.08, 0.2, 0.06
# How often something hides a part of the person, is taken for a part of it, or the picture's border cuts it.
HIDDEN, HELD, CUT = 0.4, 0.2, 0.2


def degraded(shots: Shots, draws: Draws) -> Tensor:
    """(N, 3, S, S) 0-1: what the network is given."""
    pictures, masks = shots.pictures, shots.masks
    uniform = draws.uniform

    def cloud(channels: int, cells: int) -> Tensor:
        smooth = draws.normal(channels, cells, cells)
        return functional.interpolate(smooth, PICTURE, mode="bilinear", align_corners=False)

    background = (uniform(0, 1, 3, 1, 1) + 0.25 * cloud(3, 6)).clamp(0, 1)
    pictures = pictures * masks + background * (1 - masks)
    thing, blob = (uniform(0, 1, 3, 1, 1) + 0.1 * cloud(3, 12)).clamp(0, 1), _blob(draws)
    held = blob * (uniform(0, 1, 1, 1, 1) < HELD)
    pictures, masks = pictures * (1 - held) + thing * held, torch.maximum(masks, held)
    masks = masks * (1 - _blob(draws) * (uniform(0, 1, 1, 1, 1) < HIDDEN))
    mix = torch.eye(3, device=draws.device) + torch.diag_embed(GAIN * draws.normal(3)) + MIX * draws.normal(3, 3)
    pictures = torch.einsum("nij,njhw->nihw", mix, pictures).clamp(1e-4, 1) ** torch.exp(GAMMA * draws.normal(1, 1, 1))
    pictures = blurred(pictures, uniform(*BLURS), REACH)
    noise = uniform(0, NOISE, 1, 1, 1) * draws.normal(3, PICTURE, PICTURE) + uniform(0, NOISE, 1, 1, 1) * cloud(3, 64)
    edge = (
        blurred(masks, uniform(*EDGES), REACH) + uniform(0, 0.13, 1, 1, 1) * cloud(1, 40) + uniform(-0.2, 0.2, 1, 1, 1)
    )
    # A hard step one pixel wide, as masks have.
    masks = ((edge - 0.5) * 4 + 0.5).clamp(0, 1) * _border(draws)
    return (pictures + noise).clamp(0, 1) * masks + GREY * (1 - masks)


def _grid(device: torch.device) -> Tensor:
    line = (torch.arange(PICTURE, device=device) + 0.5) / PICTURE - 0.5
    return torch.stack(torch.meshgrid(line, line, indexing="xy"))


def _blob(draws: Draws) -> Tensor:
    """(N, 1, S, S) 0 or 1: an ellipse or a box, anywhere, turned anyhow."""
    middle, size, angle = (
        draws.uniform(-0.35, 0.35, 2, 1, 1),
        draws.uniform(0.03, 0.2, 2, 1, 1),
        draws.uniform(0, 3.2, 1, 1, 1),
    )
    x, y = (_grid(middle.device) - middle).split(1, dim=1)
    across, along = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    ratios = torch.cat([across, along], dim=1).abs() / size
    round_, square = (ratios**2).sum(dim=1, keepdim=True), ratios.amax(dim=1, keepdim=True)
    return (torch.where(draws.uniform(0, 1, 1, 1, 1) < 0.5, round_, square) < 1).float()


def _border(draws) -> Tensor:
    """(N, 1, S, S) 0 or 1: what is within a picture that may end anywhere below the person's middle, or beside it."""
    place = _grid(draws.device)
    angle = (draws.uniform(0, 4, 1, 1).floor() - 1) * torch.pi / 2
    away = place[0] * angle.sin() + place[1] * angle.cos()
    inside = away < draws.uniform(0.0, 0.4, 1, 1)
    return torch.where(draws.uniform(0, 1, 1, 1) < CUT, inside, torch.ones_like(inside)).float()[:, None]

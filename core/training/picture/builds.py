"""Builds drawn on the device: longer legs, a broader trunk, a smaller head than an avatar has."""

import torch
from torch import Tensor

from ..lifting.moves import CENTRAL, SIDES
from .clouds import MOVED
from .draws import Draws

# Along a bone, and across it: to the sides and to front and back. Spreads of the logarithm, the same left and right.
TRUNK = (0.04, (0.05, 0.08))
# Of a limb: the length that its two bones have in common, each one's own, and how thick it is.
LENGTH, OWN, GIRTH = 0.05, 0.05, 0.08
# Heads, hands and feet keep their form.
WHOLE = {"Head": 0.05, "Hand": 0.06, "Foot": 0.06}
SHOULDER = 0.06


def draw_builds(draws: Draws) -> Tensor:
    """(N, len(MOVED), 3): how much larger the part of each bone is along the axes of the T-pose."""
    logarithms = torch.zeros(draws.count, len(MOVED), 3, device=draws.device)
    sides, depth, length = (spread * draws.normal() for spread in (*TRUNK[1], TRUNK[0]))
    for name in CENTRAL[:-1]:
        logarithms[:, MOVED.index(name)] = torch.stack([sides, length, depth], dim=1)
    _set(logarithms, "Head", (WHOLE["Head"] * draws.normal())[:, None])
    for upper, lower, end in (("Arm", "ForeArm", "Hand"), ("UpLeg", "Leg", "Foot")):
        along = 0 if end == "Hand" else 1
        common, girth = LENGTH * draws.normal(), GIRTH * draws.normal()
        for name in (upper, lower):
            build = girth[:, None].repeat(1, 3)
            build[:, along] = common + OWN * draws.normal()
            _set(logarithms, name, build)
        _set(logarithms, end, (WHOLE[end] * draws.normal())[:, None])
    shoulder = torch.stack([sides + SHOULDER * draws.normal(), length, depth], dim=1)
    _set(logarithms, "Shoulder", shoulder)
    return torch.exp(logarithms)


def _set(logarithms: Tensor, name: str, build: Tensor) -> None:
    for bone in [name] if name in MOVED else [side + name for side in SIDES]:
        logarithms[:, MOVED.index(bone)] = build

"""Stances drawn on the device: a moment of a motion, limbs of other moments, any heading, any lean."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..lifting.moves import BONES, CHEST, HIPS, INDEX, LIMBS, TRUNK, Move, parents
from .clouds import HANDS, MOVED
from .draws import Draws

# How often a limb comes from another moment: arms, legs; how often and by how much one is turned, radians: a little,
# and now and then a lot, since people do what no motion holds.
BORROWED = (0.4, 0.2)
TURNED, TURN, WILD, WILD_TURN = 0.5, 0.25, 0.12, 0.8
BENT, BEND, HAND = 0.4, 0.15, 0.35
LEAN, LYING, LAID = 0.12, 0.12, 0.9
# How often somebody just stands, as people before cameras do and captured motion hardly shows: trunk and legs as they
# grew; radians that these differ from it, that a leg stands aside, and that all of it leans.
STANDING, STOOD, ASTRIDE, UPRIGHT = 0.35, 0.04, 0.06, 0.03
# Degrees that the camera looks down.
PITCHES = (-12.0, 25.0)
# Bones of a limb that are turned on their own when it is wild: elbows and knees.
LOWER = {side + bone for side in ("Left", "Right") for bone in ("ForeArm", "Leg", "Foot")}


@dataclass(frozen=True, eq=False)
class Stances:
    """turns: (F, K, 3, 3) of all moments, bones BONES, from the T-pose."""

    turns: Tensor

    @classmethod
    def of(cls, moves: list[Move], every: int, device: torch.device) -> "Stances":
        """Of every so many frames of all moves, each as it was and mirrored."""
        turns = torch.cat([torch.from_numpy(move.turns[::every]) for move in moves])
        flip = torch.diag(torch.tensor([-1.0, 1.0, 1.0]))
        other = [INDEX[_other_side(name)] for name in BONES]
        return cls(torch.cat([turns, flip @ turns[:, other] @ flip]).to(device))

    def draw(self, draws: Draws, varied: bool = True) -> Tensor:
        """(N, len(MOVED), 3, 3) turns in the axes of the camera, whose pitch is in them."""
        device, unit = self.turns.device, torch.eye(3, device=self.turns.device)
        turns, lean = self._moment(draws), unit.expand(draws.count, 3, 3)
        if varied:
            for limb, (trunk, bones) in enumerate(LIMBS):
                self._change(turns, trunk, list(bones), BORROWED[limb % 2], draws)
            upper = [*TRUNK, *LIMBS[0][1], *LIMBS[2][1]]
            bent = torch.where(draws.chance(BENT)[:, None, None], _turned(BEND, draws), unit)
            turns[:, upper] = bent[:, None] @ turns[:, upper]
            lean = torch.where(draws.chance(LYING)[:, None, None], _turned(LAID, draws), _turned(LEAN, draws))
            stands = draws.chance(STANDING)[:, None, None]
            turns = torch.where(stands[:, None], self._standing(turns, draws), turns)
            lean = torch.where(stands, _turned(UPRIGHT, draws), lean)
        heading, pitch = torch.zeros(2, draws.count, 3, device=device)
        heading[:, 1] = draws.uniform(0, 2 * math.pi)
        pitch[:, 0] = draws.uniform(math.radians(PITCHES[0]), math.radians(PITCHES[1]))
        view = rotations(pitch) @ lean @ rotations(heading)
        whole = torch.cat([turns, turns[:, [INDEX["LeftForeArm"], INDEX["RightForeArm"]]]], dim=1)
        if varied:
            for place in range(len(HANDS)):
                whole[:, len(BONES) + place] = whole[:, len(BONES) + place] @ _turned(HAND, draws)
        return view[:, None] @ whole

    def _standing(self, turns: Tensor, draws: Draws) -> Tensor:
        """The same heading and arms, but trunk and legs straight."""
        forwards = turns[:, HIPS, :, 2]
        heading = torch.zeros_like(forwards)
        heading[:, 1] = torch.atan2(forwards[:, 0], forwards[:, 2])
        upright = rotations(heading)
        arms = [bone for trunk, bones in LIMBS if trunk == CHEST for bone in bones]
        stood = turns.clone()
        for bone, name in enumerate(BONES):
            if bone in arms:
                continue
            turned = _turned(STOOD, draws)
            if name.endswith(("UpLeg", "Leg")):
                aside = torch.zeros_like(heading)
                aside[:, 2] = draws.uniform(0.0, ASTRIDE) * (1.0 if name.startswith("Left") else -1.0)
                turned = rotations(aside) @ turned
            stood[:, bone] = upright @ turned
        chest = stood[:, CHEST] @ turns[:, CHEST].transpose(1, 2)
        stood[:, arms] = chest[:, None] @ turns[:, arms]
        return stood

    def _moment(self, draws: Draws) -> Tensor:
        return self.turns[draws.one_of(len(self.turns))]

    def _change(self, turns: Tensor, trunk: int, own: list[int], borrowed: float, draws: Draws) -> None:
        """A limb as it is to its trunk in another moment, and turned."""
        unit = torch.eye(3, device=turns.device)
        other = self._moment(draws)
        lent = (turns[:, trunk] @ other[:, trunk].transpose(1, 2))[:, None] @ other[:, own]
        turns[:, own] = torch.where(draws.chance(borrowed)[:, None, None, None], lent, turns[:, own])
        change = torch.where(draws.chance(TURNED)[:, None, None], _turned(TURN, draws), unit)
        wild = draws.chance(WILD)[:, None, None]
        change = torch.where(wild, _turned(WILD_TURN, draws), change)
        turns[:, own] = change[:, None] @ turns[:, own]
        for bone in own:
            if BONES[bone] in LOWER:
                turns[:, bone] = torch.where(wild, _turned(WILD_TURN, draws) @ turns[:, bone], turns[:, bone])


def _turned(spread: float, draws: Draws) -> Tensor:
    """(N, 3, 3) random turns."""
    return rotations(spread * draws.normal(3))


def _other_side(name: str) -> str:
    if name.startswith("Left"):
        return name.replace("Left", "Right")
    return name.replace("Right", "Left")


def transforms(turns: Tensor, heads: Tensor, builds: Tensor) -> Tensor:
    """(N, K, 3, 4) x -> A x + t of the bones MOVED around the hips' joint. turns: (N, K, 3, 3); heads: (N, K, 3);
    builds: (N, K, 3) how much larger each bone's part is along the axes of the T-pose."""
    moving = turns * builds[:, :, None]
    joints: list[Tensor] = []
    for bone, parent in enumerate(_parents()):
        if parent < 0:
            joints.append(torch.zeros_like(heads[:, 0]))
        else:
            offset = heads[:, bone] - heads[:, parent]
            joints.append(joints[parent] + (moving[:, parent] @ offset[:, :, None])[..., 0])
    offsets = torch.stack(joints, dim=1) - (moving @ heads[..., None])[..., 0]
    return torch.cat([moving, offsets[..., None]], dim=3)


def rotations(vectors: Tensor) -> Tensor:
    """(N, 3) rotation vectors -> (N, 3, 3), by Rodrigues' formula."""
    angle = vectors.norm(dim=1).clamp_min(1e-8)[:, None, None]
    x, y, z = (vectors / angle[:, 0]).unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).unflatten(1, (3, 3))
    unit = torch.eye(3, device=vectors.device)
    return unit + torch.sin(angle) * cross + (1 - torch.cos(angle)) * cross @ cross


def _parents() -> tuple[int, ...]:
    return (*parents(), *(MOVED.index(name.replace("Hand", "ForeArm")) for name in HANDS))

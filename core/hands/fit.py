"""Turns wrists and fingers of a fitted body as the hands' landmarks show them; unseen hands are at rest.

Only directions from knuckle to knuckle count, since hands differ in their proportions and MediaPipe's are its own.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch

from ..body.energy import robust
from ..body.model import BodyModel, forward_kinematics
from ..body.points import to_tensor
from ..body.sight import sight_turns
from .files import ClipHands
from .skeleton import ARM, CHAINS, HandSkeleton

if TYPE_CHECKING:
    from ..body.fit import BodyMotion
    from ..body.observations import Observations

STEPS, RATE = 120, 0.08
# Directions, from knuckle to knuckle and from the wrist to the first knuckles, differ by so much, as points of the unit
# sphere; neighbouring ones err alike, so each counts for a half.
DIRECTION_SPREAD, DIRECTION_WEIGHT = 0.25, 0.5
# Radians by which the body's fit, which knows the forearm and two knuckles, errs at the forearm's end and the wrist.
ARM_SPREAD = np.radians([[2, 30, 2], [25, 5, 15]])
TURN_SPREAD = 0.05  # radians per frame^2 at 30 frames a second
LIMIT_SPREAD = 0.05  # radians beyond a joint's limit
# How surely a picture must show a hand to be believed at all, and fully.
DOUBTFUL, SURE = 0.5, 0.9


def fit_hands(
    motion: "BodyMotion", hands: ClipHands | None, observed: "Observations", firmness: float = 1.0
) -> "BodyMotion":
    """The motion (camera axes) with wrists and fingers as the hands' landmarks say; at rest where none were found.
    firmness: weighs how steadily they move."""
    model = BodyModel.load()
    heads = to_tensor(model.rest_heads(motion.shape, motion.scale))
    rotations = torch.from_numpy(motion.rotations.copy())
    matrices, _ = forward_kinematics(
        model.bone_parents, heads[None], rotations, torch.from_numpy(motion.translation.copy())
    )
    for row, side in enumerate("LR"):
        skeleton = HandSkeleton.of(model, side)
        first = torch.einsum("jik,fjk->fji", to_tensor(skeleton.frames[:2]), rotations[:, skeleton.bones[:2]])
        if hands is None:
            trust = torch.zeros(len(rotations))
            directions = torch.zeros(len(rotations), 20, 3)
        else:
            trust = ((torch.from_numpy(hands.trust[:, row]) - DOUBTFUL) / (SURE - DOUBTFUL)).clamp(0.0, 1.0)
            directions = _directions(_to_camera(hands, row, observed))
        fit = _HandFit(skeleton, heads, matrices[:, skeleton.base], first, motion.scale)
        pose = fit.run(directions, trust, observed, firmness)
        rotations[:, skeleton.bones] = torch.einsum("jik,fjk->fji", to_tensor(skeleton.frames), pose)
    return motion.with_rotations(rotations)


class _HandFit:
    """The unknowns of one hand over a clip: angles (F, J, 3) about each joint's axes."""

    def __init__(
        self, skeleton: HandSkeleton, heads: torch.Tensor, base: torch.Tensor, arm: torch.Tensor, scale: float
    ) -> None:
        self._skeleton, self._base = skeleton, base
        self._heads, self._tips = heads[torch.from_numpy(skeleton.bones)], scale * to_tensor(skeleton.tips)
        self._frames = to_tensor(skeleton.frames)
        mean, spread = to_tensor(skeleton.mean), to_tensor(skeleton.spread)
        self._mean = torch.cat([arm, mean[None, len(ARM) :].expand(len(arm), -1, -1)], dim=1)
        self._spread = torch.cat([torch.from_numpy(ARM_SPREAD).float(), spread[len(ARM) :]])
        self._low, self._high = to_tensor(skeleton.low), to_tensor(skeleton.high)

    def run(
        self, directions: torch.Tensor, trust: torch.Tensor, observed: "Observations", firmness: float
    ) -> torch.Tensor:
        """The likeliest angles, for directions (F, 20, 3) seen with a trust (F,)."""
        if not bool((trust > 0).any()):
            return self._mean
        pose = self._mean.clone().requires_grad_()
        optimizer = torch.optim.Adam([pose], lr=RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS, eta_min=RATE / 20)
        steady = (observed.steady[1:] & observed.steady[:-1]).float()[:, None]
        time_scale = (1 / 30 / observed.frame_seconds) ** 2
        for _ in range(STEPS):
            optimizer.zero_grad()
            error = torch.linalg.norm(self._directions(pose) - directions, dim=2)
            seen = trust * DIRECTION_WEIGHT * robust(error / DIRECTION_SPREAD, cut=2.0).sum(dim=1)
            likely = 0.5 * (((pose - self._mean) / self._spread) ** 2).sum(dim=(1, 2))
            beyond = torch.relu(self._low - pose) + torch.relu(pose - self._high)
            total = (seen + likely + ((beyond / LIMIT_SPREAD) ** 2).sum(dim=(1, 2))).mean()
            if len(pose) > 2:
                bent = torch.linalg.norm(pose[2:] - 2 * pose[1:-1] + pose[:-2], dim=2) * time_scale
                total = total + 0.5 * firmness * (robust(bent / TURN_SPREAD, cut=2.0) * steady).sum(dim=1).mean()
            total.backward()
            optimizer.step()
            schedule.step()
        return pose.detach()

    def _directions(self, pose: torch.Tensor) -> torch.Tensor:
        turns = torch.einsum("jik,fjk->fji", self._frames, pose)
        local = torch.cat([torch.zeros_like(turns[:, :1]), turns], dim=1)
        parents = (-1, *(parent + 1 for parent in self._skeleton.parents))
        heads = torch.cat([self._heads[:1], self._heads])
        matrices, joints = forward_kinematics(parents, heads[None], local, torch.zeros(len(pose), 3))
        last = [5 + 3 * finger for finger in range(5)]
        tips = joints[:, last] + torch.einsum("fnij,nj->fni", matrices[:, last], self._tips)
        fingers = [torch.cat([joints[:, end - 2 : end + 1], tips[:, row, None]], dim=1) for row, end in enumerate(last)]
        landmarks = torch.cat([joints[:, 2:3], *fingers], dim=1)
        return _directions(torch.einsum("fij,fnj->fni", self._base, landmarks))


def _directions(landmarks: torch.Tensor) -> torch.Tensor:
    """(F, 21, 3) landmarks -> (F, 20, 3) unit directions along each finger, from the wrist on."""
    starts = [start for chain in CHAINS for start in (0, *chain[:-1])]
    ends = [end for chain in CHAINS for end in chain]
    return torch.nn.functional.normalize(landmarks[:, ends] - landmarks[:, starts], dim=2)


def _to_camera(hands: ClipHands, row: int, observed: "Observations") -> torch.Tensor:
    """(F, 21, 3) a hand's landmarks turned from the axes of a camera that looks at it to those of the clip's camera."""
    turns = sight_turns(hands.image[:, row].mean(axis=1), observed)
    return torch.einsum("fij,fnj->fni", turns, torch.from_numpy(hands.world[:, row]))

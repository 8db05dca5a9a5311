"""Turns neck and head of a fitted body as the face's landmarks show them; where no face is seen they stay.

The body's own landmarks have five points of a face close together, and tell little of where it looks.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch

from ..body.articulation import DEGREE, Articulation
from ..body.energy import robust
from ..body.model import BodyModel, forward_kinematics
from ..body.points import to_tensor
from ..body.sight import sight_turns
from .body_face import BodyFace
from .files import ClipFace

if TYPE_CHECKING:
    from ..body.fit import BodyMotion
    from ..body.observations import Observations

BONES = ("neck01", "head")
STEPS, RATE = 120, 0.05
# Where a face looks errs by so much, radians; where it is, against its height.
LOOK_SPREAD, PLACE_SPREAD = 4 * DEGREE, 0.04
# Radians by which the body's fit errs at the neck, which it knows from the shoulders too, and at the head.
SPREAD = np.radians([[10, 10, 8], [25, 30, 20]])
TURN_SPREAD = 0.03  # radians per frame^2 at 30 frames a second
LIMIT_SPREAD = 0.05  # radians beyond a joint's limit


def fit_head(
    motion: "BodyMotion", face: ClipFace | None, observed: "Observations", firmness: float = 1.0
) -> "BodyMotion":
    """The motion (camera axes) with neck and head as the face's landmarks say; itself where none were found. firmness:
    weighs how steadily they turn."""
    if face is None or not face.belief.any():
        return motion
    rotations = torch.from_numpy(motion.rotations.copy())
    fit = _HeadFit(motion, rotations, face, observed)
    rotations[:, fit.bones] = fit.run(to_tensor(face.belief), observed, firmness)
    return motion.with_rotations(rotations)


def face_turns(face: ClipFace) -> tuple[torch.Tensor, torch.Tensor]:
    """How each frame's face is turned from the rest pose's axes to those of a camera that looks at it, (F, 3, 3), and
    how large it is, (F,) pixels a metre (Umeyama, PAMI 1991)."""
    import roma

    seen = to_tensor(BodyFace.load().seen)
    points = torch.from_numpy(face.points) * torch.tensor([1.0, -1.0, -1.0])
    points = points - points.mean(dim=1, keepdim=True)
    around = (seen - seen.mean(dim=0)).expand_as(points)
    found = roma.rigid_vectors_registration(around, points, compute_scaling=True)
    turns, sizes = (torch.as_tensor(value) for value in found)
    return turns, sizes


class _HeadFit:
    """The unknowns of a clip: angles (F, 2, 3) of neck and head about their joints' axes."""

    def __init__(self, motion: "BodyMotion", rotations: torch.Tensor, face: ClipFace, observed: "Observations") -> None:
        model = BodyModel.load()
        body = Articulation.of(model)
        self.bones = [model.bone(name) for name in BONES]
        joints = [int(np.flatnonzero(body.bones == bone)[0]) for bone in self.bones]
        self._frames = to_tensor(body.frames[joints])
        self._low, self._high = to_tensor(body.low[joints]), to_tensor(body.high[joints])
        self._first = torch.einsum("jik,fjk->fji", self._frames.transpose(1, 2), rotations[:, self.bones])
        heads = to_tensor(model.rest_heads(motion.shape, motion.scale))
        self._neck, self._head = heads[self.bones[0]], heads[self.bones[1]]
        matrices, places = forward_kinematics(
            model.bone_parents, heads[None], rotations, torch.from_numpy(motion.translation.copy())
        )
        self._base, self._place = matrices[:, model.bone_parents[self.bones[0]]], places[:, self.bones[0]]
        points = BodyFace.load().on(model.rest_vertices(motion.shape, motion.scale))
        self._face = to_tensor(points.mean(axis=0))
        middles = face.points[..., :2].mean(axis=1)
        self._turns, self._pixels = sight_turns(middles, observed) @ face_turns(face)[0], torch.from_numpy(middles)
        self._height = torch.from_numpy(np.ptp(face.points[..., 1], axis=1)).clamp(min=1.0)
        self._focal, self._centre = motion.focal, torch.tensor(observed.image_size) / 2

    def run(self, trust: torch.Tensor, observed: "Observations", firmness: float) -> torch.Tensor:
        """The likeliest rotations (F, 2, 3), axis-angle, for a trust (F,)."""
        pose = self._first.clone().requires_grad_()
        optimizer = torch.optim.Adam([pose], lr=RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS, eta_min=RATE / 20)
        steady = (observed.steady[1:] & observed.steady[:-1]).float()[:, None]
        time_scale = (1 / 30 / observed.frame_seconds) ** 2
        spread = to_tensor(SPREAD)
        for _ in range(STEPS):
            optimizer.zero_grad()
            turned, away = self._errors(pose)
            seen = trust * (robust(turned / LOOK_SPREAD, cut=4.0) + robust(away / PLACE_SPREAD, cut=4.0))
            likely = 0.5 * (((pose - self._first) / spread) ** 2).sum(dim=(1, 2))
            beyond = torch.relu(self._low - pose) + torch.relu(pose - self._high)
            total = (seen + likely + ((beyond / LIMIT_SPREAD) ** 2).sum(dim=(1, 2))).mean()
            if len(pose) > 2:
                change = pose - self._first
                bent = torch.linalg.norm(change[2:] - 2 * change[1:-1] + change[:-2], dim=2) * time_scale
                total = total + 0.5 * firmness * (robust(bent / TURN_SPREAD, cut=2.0) * steady).sum(dim=1).mean()
            total.backward()
            optimizer.step()
            schedule.step()
        return self._rotations(pose.detach())

    def _rotations(self, pose: torch.Tensor) -> torch.Tensor:
        return torch.einsum("jik,fjk->fji", self._frames, pose)

    def _errors(self, pose: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(F,) by how much the head is turned away from the face, about radians, and how far the face is from its place
        in the picture, against its height."""
        import roma

        turns = roma.rotvec_to_rotmat(self._rotations(pose))
        neck = self._base @ turns[:, 0]
        head = neck @ turns[:, 1]
        # Of a small angle a, the difference of two rotation matrices has the norm a times the root of 2.
        turned = torch.linalg.norm((head - self._turns).flatten(1), dim=1) / 2**0.5
        place = self._place + neck @ (self._head - self._neck) + head @ (self._face - self._head)
        pixels = place[:, :2] * torch.tensor([1.0, -1.0]) * (self._focal / -place[:, 2:]) + self._centre
        return turned, torch.linalg.norm(pixels - self._pixels, dim=1) / self._height

"""Fits one body to a whole clip at once: a pose per frame, one shape, one camera, in the camera's axes.

In the manner of SMPLify (Bogo et al., ECCV 2016) extended over time: landmarks in the image, landmarks in depth,
the mask's outline, joint limits and a pose prior, smooth motion, feet that stay where they stand. All terms are
negative log-likelihoods with the stated standard deviations, robust against outliers, averaged over frames.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from .articulation import Articulation
from .model import BodyModel, forward_kinematics
from .observations import Observations

# Motion is loosely tied at first, so that limbs can travel to their landmarks before the clip stiffens.
STEPS_LOOSE, LOOSE_MOTION = 140, 0.03
STEPS_FIRM, FIRM_MOTION = 100, 0.3
STEPS_MASK = 160
# Masks are compared in at most this many frames of a step, evenly spread, all frames taking turns: it bounds memory.
MASK_FRAMES = 48
VERTEX_STRIDE = 17

IMAGE_SPREAD = 0.012  # of the person's height
DEPTH_SPREAD = 0.06  # metres, MediaPipe's world landmarks along the camera's axis
PLANE_SPREAD = 0.12  # metres, the same across the axis: the image says it better
OUTSIDE_SPREAD = 0.010  # of the crop's height
OUTLINE_SPREAD = 0.020  # of the crop's height
CLOTHES_MARGIN = 0.015  # of the crop's height: clothes reach that far beyond the body without pulling it
ACCELERATION_SPREAD = 0.006  # metres per frame^2 at 30 frames a second
TURN_SPREAD = 0.03  # radians per frame^2 at 30 frames a second
SLIDE_SPREAD = 0.002  # metres a frame at 30 frames a second
SHAPE_SPREAD = 0.7  # standard deviations of the model: the prior is narrower than its population
FOCAL_SPREAD = 0.1  # of the logarithm

# Hips are hidden in clothes, knuckles small: trusted less. Face points fix the head.
LANDMARK_WEIGHT = {17: 0.3, 18: 0.3, 19: 0.3, 20: 0.3, 21: 0.2, 22: 0.2, 23: 0.4, 24: 0.4}


@dataclass(frozen=True)
class BodyMotion:
    """The fitted body in the camera's axes (metres): rotations (F, B, 3) axis-angle, translation (F, 3), joints
    (F, B, 3), landmarks (F, 33, 3), shape (S,), scale, focal length in pixels."""

    rotations: np.ndarray
    translation: np.ndarray
    joints: np.ndarray
    landmarks: np.ndarray
    shape: np.ndarray
    scale: float
    focal: float


class ClipFit:
    """The unknowns of a clip, and the energy they minimise."""

    def __init__(self, model: BodyModel, observed: Observations, focal: float, scale: float) -> None:
        self.model = model
        self.observed = observed
        self.articulation = Articulation.of(model)
        self.scale = scale
        self.first_focal = focal
        self.contacts: torch.Tensor | None = None
        self.motion_weight = 1.0
        count = len(observed.frames)
        joints = len(self.articulation.bones)
        self._frames = _tensor(self.articulation.frames)
        self._spread = _tensor(self.articulation.spread)
        self._low, self._high = _tensor(self.articulation.low), _tensor(self.articulation.high)
        self._heads = _tensor(model.mean_heads[self.articulation.bones])
        self._shape_heads = _tensor(model.shape_heads[:, self.articulation.bones])
        self._landmarks = _Points(model.landmark_mean, model.landmark_shape, self._joint_weights(model.landmark_weights))
        chosen = np.arange(0, len(model.mean_vertices), VERTEX_STRIDE)
        self._surface = _Points(
            model.mean_vertices[chosen],
            model.shape_vertices[:, chosen],
            self._joint_weights(_dense_weights(model, chosen)),
        )
        weight = torch.ones(33)
        for landmark, value in LANDMARK_WEIGHT.items():
            weight[landmark] = value
        self._landmark_weight = weight * _tensor(model.landmark_exists) * observed.visibility.clamp(0.05, 1.0) ** 2
        self._time_scale = 1 / 30 / observed.frame_seconds
        steady = np.diff(observed.times) < 1.5 * observed.frame_seconds
        self._steady = torch.from_numpy(steady)

        self._first_turn = _first_orientation(observed.world)
        pixels, depth = _first_position(observed, focal)
        self.pose = torch.zeros(count, joints, 3, requires_grad=True)
        self.position = (pixels / observed.height).requires_grad_()
        self.log_depth = torch.log(depth).requires_grad_()
        self.shape = torch.zeros(model.shape_count, requires_grad=True)
        self.log_focal = torch.zeros((), requires_grad=True)
        self.world_scale = torch.zeros((), requires_grad=True)

    def run(self, steps: int, use_masks: bool, motion: float, rate: float, report: Callable[[], None]) -> None:
        """Minimise the energy by Adam with a falling rate; `motion` weighs smoothness, `report` is called each step."""
        self.motion_weight = motion
        optimizer = torch.optim.Adam(
            [
                {"params": [self.pose], "lr": rate},
                {"params": [self.position, self.log_depth], "lr": rate / 4},
                {"params": [self.shape], "lr": rate},
                {"params": [self.log_focal, self.world_scale], "lr": rate / 10},
            ]
        )
        stride = -(-len(self.pose) // MASK_FRAMES)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=rate / 30)
        for step in range(steps):
            optimizer.zero_grad()
            energy = self.energy(slice(step % stride, None, stride) if use_masks else None)
            energy.backward()
            optimizer.step()
            schedule.step()
            report()

    def energy(self, mask_frames: slice | None) -> torch.Tensor:
        """The sum of all terms; masks are compared in the given frames only."""
        matrices, joints, offsets = self._posed()
        landmarks = self._landmarks.posed(self.shape, self.scale, matrices, offsets)
        total = self._image_term(landmarks) + self._world_term(landmarks) + self._prior_term()
        total = total + self.motion_weight * self._motion_term(torch.cat([joints, landmarks], dim=1))
        total = total + self._contact_term(landmarks)
        if mask_frames is not None:
            surface = self._surface.posed(self.shape, self.scale, matrices[mask_frames], offsets[mask_frames])
            total = total + self._mask_term(surface, mask_frames)
        return total

    def result(self) -> BodyMotion:
        """The fitted motion, expanded to all bones of the model."""
        with torch.no_grad():
            matrices, _, offsets = self._posed()
            landmarks = self._landmarks.posed(self.shape, self.scale, matrices, offsets)
            rotations = torch.zeros(len(self.pose), len(self.model.bone_names), 3)
            rotations[:, self.articulation.bones] = self._rotation_vectors()
            heads = _tensor(self.model.rest_heads(self.shape.numpy(), self.scale))
            translation = self._translation()
            _, joints = forward_kinematics(self.model.bone_parents, heads[None], rotations, translation)
        return BodyMotion(
            rotations=rotations.numpy(),
            translation=translation.numpy(),
            joints=joints.numpy(),
            landmarks=landmarks.numpy(),
            shape=self.shape.detach().numpy().copy(),
            scale=self.scale,
            focal=self._focal().item(),
        )

    def _joint_weights(self, bone_weights: np.ndarray) -> np.ndarray:
        return self.articulation.joint_weights(bone_weights)

    def _focal(self) -> torch.Tensor:
        return self.first_focal * torch.exp(self.log_focal)

    def _translation(self) -> torch.Tensor:
        depth = torch.exp(self.log_depth)[:, None]
        flat = self.position * self.observed.height * depth / self._focal()
        return torch.cat([flat[:, :1], -flat[:, 1:], -depth], dim=1)

    def _rotation_vectors(self) -> torch.Tensor:
        """(F, J, 3) in the rest pose's axes; the root's is its full orientation."""
        import roma

        vectors = torch.einsum("jik,fjk->fji", self._frames, self.pose)
        root = roma.rotmat_to_rotvec(self._first_turn @ roma.rotvec_to_rotmat(vectors[:, 0]))
        return torch.cat([root[:, None], vectors[:, 1:]], dim=1)

    def _posed(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """World rotations (F, J, 3, 3), joints (F, J, 3) and skinning offsets (F, J, 3)."""
        heads = self.scale * (self._heads + torch.einsum("s,sjc->jc", self.shape, self._shape_heads))
        matrices, joints = forward_kinematics(
            self.articulation.parents, heads[None], self._rotation_vectors(), self._translation()
        )
        return matrices, joints, joints - torch.einsum("fjab,jb->fja", matrices, heads)

    def _project(self, points: torch.Tensor) -> torch.Tensor:
        """(..., 3) camera metres -> (..., 2) image pixels."""
        flat = points[..., :2] * torch.tensor([1.0, -1.0]) / -points[..., 2:]
        return flat * self._focal() + torch.tensor(self.observed.image_size) / 2

    def _image_term(self, landmarks: torch.Tensor) -> torch.Tensor:
        error = torch.linalg.norm(self._project(landmarks) - self.observed.image, dim=-1) / self.observed.height
        return (self._landmark_weight * _robust(error / IMAGE_SPREAD)).sum(dim=1).mean()

    def _world_term(self, landmarks: torch.Tensor) -> torch.Tensor:
        error = _from_hips(landmarks) - torch.exp(self.world_scale) * _from_hips(self.observed.world)
        depth, plane = error[..., 2].abs() / DEPTH_SPREAD, torch.linalg.norm(error[..., :2], dim=-1) / PLANE_SPREAD
        term = (self._landmark_weight * (_robust(depth) + _robust(plane))).sum(dim=1).mean()
        return term + (self.world_scale / 0.1) ** 2

    def _prior_term(self) -> torch.Tensor:
        pose = ((self.pose / self._spread) ** 2).sum(dim=(1, 2)).mean()
        beyond = torch.relu(self._low - self.pose) + torch.relu(self.pose - self._high)
        limits = ((beyond / 0.05) ** 2).sum(dim=(1, 2)).mean()
        shape = ((self.shape / SHAPE_SPREAD) ** 2).sum()
        return 0.5 * pose + limits + shape + (self.log_focal / FOCAL_SPREAD) ** 2

    def _motion_term(self, points: torch.Tensor) -> torch.Tensor:
        if len(points) < 3:
            return torch.zeros(())
        steady = (self._steady[1:] & self._steady[:-1]).float()[:, None]
        scale = self._time_scale**2
        moves = torch.linalg.norm(_second_difference(points), dim=-1) * scale
        turns = torch.linalg.norm(_second_difference(self.pose), dim=-1) * scale
        bent = _robust(moves / ACCELERATION_SPREAD, cut=2.0) * steady
        turned = _robust(turns / TURN_SPREAD, cut=2.0) * steady
        return 0.5 * bent.sum(dim=1).mean() + 0.5 * turned.sum(dim=1).mean()

    def _contact_term(self, landmarks: torch.Tensor) -> torch.Tensor:
        """A foot that stands does not slide. contacts: (F - 1, 33), 1 where a landmark stands between two frames."""
        if self.contacts is None:
            return torch.zeros(())
        slide = torch.linalg.norm(landmarks[1:] - landmarks[:-1], dim=-1) * self._time_scale
        return (self.contacts * _robust(slide / SLIDE_SPREAD, cut=3.0)).sum(dim=1).mean()

    def _mask_term(self, surface: torch.Tensor, frames: slice) -> torch.Tensor:
        """The body stays inside the mask, and the mask's outline is near the body."""
        crops = self.observed.crops[frames]
        centres = torch.tensor([crop.centre for crop in crops])[:, None]
        sides = torch.tensor([crop.side for crop in crops])[:, None, None]
        pixels = (self._project(surface) - centres) / sides
        outside = torch.nn.functional.grid_sample(
            self.observed.outside[frames][:, None].float(),
            2 * pixels[:, None],
            align_corners=False,
            padding_mode="border",
        )[:, 0, 0]
        spill = _robust(outside / OUTSIDE_SPREAD, cut=4.0).mean(dim=1).mean()
        outline = (self.observed.outline[frames] - centres) / sides
        known = torch.isfinite(outline[..., 0])
        nearest = torch.cdist(torch.nan_to_num(outline), pixels).amin(dim=2)
        gap = torch.relu(nearest - CLOTHES_MARGIN) / OUTLINE_SPREAD
        uncovered = (_robust(gap, cut=2.0) * known).sum(dim=1).mean() / known.shape[1]
        return 20.0 * spill + 10.0 * uncovered


class _Points:
    """Points of the body that follow its joints: rest positions, their shape components and joint weights."""

    def __init__(self, mean: np.ndarray, shape: np.ndarray, weights: np.ndarray) -> None:
        self._mean, self._shape, self._weights = _tensor(mean), _tensor(shape), _tensor(weights)

    def posed(
        self, shape: torch.Tensor, scale: float, matrices: torch.Tensor, offsets: torch.Tensor
    ) -> torch.Tensor:
        """(F, N, 3) positions by linear blend skinning."""
        rest = scale * (self._mean + torch.einsum("s,snc->nc", shape, self._shape))
        blend = torch.einsum("nj,fjab->fnab", self._weights, matrices)
        return torch.einsum("fnab,nb->fna", blend, rest) + torch.einsum("nj,fja->fna", self._weights, offsets)


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float()


def _dense_weights(model: BodyModel, vertices: np.ndarray) -> np.ndarray:
    weights = np.zeros((len(vertices), len(model.bone_names)))
    for slot in range(model.weights.shape[1]):
        np.add.at(
            weights,
            (np.arange(len(vertices)), model.weight_bones[vertices, slot]),
            model.weights[vertices, slot],
        )
    return weights


def _robust(ratio: torch.Tensor, cut: float = 4.0) -> torch.Tensor:
    """Squares up to `cut` standard deviations, then grows linearly (Charbonnier)."""
    return cut**2 * (torch.sqrt(1 + (ratio / cut) ** 2) - 1) * 2


def _second_difference(values: torch.Tensor) -> torch.Tensor:
    return values[2:] - 2 * values[1:-1] + values[:-2]


def _from_hips(points: torch.Tensor) -> torch.Tensor:
    return points - (points[:, 23:24] + points[:, 24:25]) / 2


def _first_orientation(world: torch.Tensor) -> torch.Tensor:
    """(F, 3, 3) orientation of the trunk, from hips and shoulders of MediaPipe's world landmarks."""
    across = (world[:, 11] - world[:, 12]) + (world[:, 23] - world[:, 24])
    upwards = (world[:, 11] + world[:, 12]) - (world[:, 23] + world[:, 24])
    upwards = torch.nn.functional.normalize(upwards, dim=1)
    across = torch.nn.functional.normalize(across - upwards * (across * upwards).sum(dim=1, keepdim=True), dim=1)
    return torch.stack([across, upwards, torch.linalg.cross(across, upwards)], dim=2)


def _first_position(observed: Observations, focal: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Hips relative to the picture's centre in pixels (F, 2), and depth (F,) from the size of the landmarks."""
    hips = (observed.image[:, 23] + observed.image[:, 24]) / 2 - torch.tensor(observed.image_size) / 2
    in_image = observed.image - observed.image.mean(dim=1, keepdim=True)
    in_world = (observed.world - observed.world.mean(dim=1, keepdim=True))[..., :2]
    ratio = in_image.square().sum(dim=(1, 2)).sqrt() / in_world.square().sum(dim=(1, 2)).sqrt()
    # The median over half a second removes what single frames get wrong.
    window = max(1, round(0.25 / observed.frame_seconds))
    padded = torch.cat([ratio[:1].expand(window), ratio, ratio[-1:].expand(window)])
    return hips, focal / padded.unfold(0, 2 * window + 1, 1).median(dim=1).values

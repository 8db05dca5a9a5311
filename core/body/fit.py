"""Fits one body to a whole clip at once: a pose per frame, one shape, one camera, in the camera's axes.

In the manner of SMPLify (Bogo et al., ECCV 2016) extended over time; energy.py has what is minimised.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from ..lifting.surface_points import surface_points
from .articulation import Articulation
from .energy import Energy
from .flow import STEPS, SurfaceFlow
from .model import BodyModel, forward_kinematics
from .observations import Observations
from .points import BodyPoints, to_tensor

# Motion is loosely tied at first, so that limbs can travel to their landmarks before the clip stiffens.
STEPS_LOOSE, LOOSE_MOTION = 140, 0.03
STEPS_FIRM, FIRM_MOTION = 100, 0.3
STEPS_MASK = 160
# Masks are compared in at most this many frames of a step, evenly spread, all frames taking turns: it bounds memory.
MASK_FRAMES = 48
VERTEX_STRIDE = 17
# Degrees by which a trunk may be turned against the frames around at first; seconds to both sides that these are, the
# next ones up to the longer one.
TURNED_AWAY, MOMENT, LONG_MOMENT = 60.0, 0.1, 0.2


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

    def turned(self, turns: torch.Tensor | None, places: torch.Tensor | None = None) -> "BodyMotion":
        """The motion turned about the camera by (F, 3, 3) rotations, one a frame, and moved by (F, 3) metres; itself
        for None."""
        import roma

        if turns is None:
            return self
        root = roma.rotmat_to_rotvec(turns @ roma.rotvec_to_rotmat(torch.from_numpy(self.rotations[:, 0])))
        rotations = self.rotations.copy()
        rotations[:, 0] = root.numpy()
        matrices = turns.numpy()
        turned = replace(
            self,
            rotations=rotations,
            translation=np.einsum("fij,fj->fi", matrices, self.translation),
            joints=np.einsum("fij,fnj->fni", matrices, self.joints),
            landmarks=np.einsum("fij,fnj->fni", matrices, self.landmarks),
        )
        return turned if places is None else turned.moved(places.numpy())

    def moved(self, places: np.ndarray) -> "BodyMotion":
        """The motion moved by (F, 3) metres, one a frame."""
        return replace(
            self,
            translation=self.translation + places,
            joints=self.joints + places[:, None],
            landmarks=self.landmarks + places[:, None],
        )

    def with_rotations(self, rotations: torch.Tensor) -> "BodyMotion":
        """The motion with other rotations (F, B, 3), and the joints and landmarks that follow from them."""
        model = BodyModel.load()
        heads = to_tensor(model.rest_heads(self.shape, self.scale))
        matrices, joints = forward_kinematics(
            model.bone_parents, heads[None], rotations, torch.from_numpy(self.translation.copy())
        )
        offsets = joints - torch.einsum("fbij,bj->fbi", matrices, heads)
        shaped = model.landmark_mean + np.einsum("s,snc->nc", self.shape, model.landmark_shape)
        rest, weights = to_tensor(self.scale * shaped), to_tensor(model.landmark_weights)
        landmarks = torch.einsum("nb,fbij,nj->fni", weights, matrices, rest)
        landmarks = landmarks + torch.einsum("nb,fbi->fni", weights, offsets)
        return replace(self, rotations=rotations.numpy(), joints=joints.numpy(), landmarks=landmarks.numpy())


class ClipFit:
    """The unknowns of a clip, and the energy they minimise."""

    def __init__(self, model: BodyModel, observed: Observations, focal: float, scale: float) -> None:
        self.model = model
        self.observed = observed
        self.articulation = Articulation.of(model)
        self.scale = scale
        self.first_focal = focal
        self._standing: tuple[torch.Tensor, torch.Tensor] | None = None
        self._flow: tuple[SurfaceFlow, BodyPoints] | None = None
        self.motion_weight = 1.0
        self._energy = Energy(model, observed)
        self._frames = to_tensor(self.articulation.frames)
        self._heads = to_tensor(model.mean_heads[self.articulation.bones])
        self._shape_heads = to_tensor(model.shape_heads[:, self.articulation.bones])
        self._landmarks = BodyPoints.landmarks(model)
        self._surface = BodyPoints.vertices(model, np.arange(0, len(model.mean_vertices), VERTEX_STRIDE))
        self._seen = BodyPoints.vertices(model, surface_points())
        count, joints = len(observed.frames), len(self.articulation.bones)
        self._first_turn = _first_orientation(observed)
        pixels, depth = _first_position(observed, focal)
        self.pose = torch.zeros(count, joints, 3, requires_grad=True)
        self.position = (pixels / observed.height).requires_grad_()
        self._first_log_depth = torch.log(depth)
        self.log_depth = self._first_log_depth.clone().requires_grad_()
        self.shape = torch.zeros(model.shape_count, requires_grad=True)
        self.log_focal = torch.zeros((), requires_grad=True)
        self.world_scale = torch.zeros((), requires_grad=True)

    def stand(self, contacts: np.ndarray, up: np.ndarray) -> None:
        """From now on feet keep to the ground: contacts (F - 1, 33) as find_contacts says, up (3,) camera axes."""
        self._standing = torch.from_numpy(contacts), torch.from_numpy(up).float()

    def follow(self, flow: SurfaceFlow) -> None:
        """From now on the surface goes through the picture as optical flow says, where masks are compared."""
        self._flow = flow, BodyPoints.vertices(self.model, flow.vertices)

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
        terms = self._energy
        total = terms.image(self._project(landmarks)) + terms.world(landmarks, self.world_scale)
        if self.observed.points is not None:
            points = torch.cat([landmarks, self._seen.posed(self.shape, self.scale, matrices, offsets)], dim=1)
            total = total + terms.points(self.observed.points, points, self._project(points), self._focal())
        total = total + terms.depth(self.log_depth, self._first_log_depth)
        total = total + terms.prior(self.pose, self.shape, self.log_focal) + terms.standing(landmarks)
        steadied = self.observed.steadied(torch.cat([joints, landmarks], dim=1))
        total = total + self.motion_weight * terms.motion(steadied, self.pose)
        if self._standing is not None:
            total = total + terms.contact(steadied[:, joints.shape[1] :], *self._standing)
        if mask_frames is not None:
            surface = self._surface.posed(self.shape, self.scale, matrices[mask_frames], offsets[mask_frames])
            total = total + terms.mask(self._project(surface), mask_frames)
            if self._flow is not None:
                flow, places = self._flow
                later = torch.arange(len(self.pose))[mask_frames]
                pixels = []
                for step in (0, *STEPS):
                    rows = (later + step).clamp_max(len(self.pose) - 1)
                    pixels.append(self._project(places.posed(self.shape, self.scale, matrices[rows], offsets[rows])))
                total = total + terms.flow(flow, mask_frames, pixels)
        return total

    def result(self) -> BodyMotion:
        """The fitted motion, expanded to all bones of the model."""
        with torch.no_grad():
            matrices, _, offsets = self._posed()
            landmarks = self._landmarks.posed(self.shape, self.scale, matrices, offsets)
            rotations = torch.zeros(len(self.pose), len(self.model.bone_names), 3)
            rotations[:, self.articulation.bones] = self._rotation_vectors()
            heads = to_tensor(self.model.rest_heads(self.shape.numpy(), self.scale))
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


def _first_orientation(observed: Observations) -> torch.Tensor:
    """(F, 3, 3) orientation of the trunk, from hips and shoulders of the lifted landmarks.

    Landmarks that take a person's left for the right in a single frame turn the trunk by half a circle, and no small
    steps lead back from there: such a frame has the mean of the frames around. Who is cut off is turned as in the
    nearest frame that is believed.
    """
    import roma

    believed = observed.believed
    times, alone = observed.times[believed], _orientations(observed.world[torch.from_numpy(believed)])
    total = alone.clone()
    for step in range(1, len(times)):
        near = times[step:] - times[:-step] <= (LONG_MOMENT if step == 1 else MOMENT)
        if not near.any():
            break
        count = torch.from_numpy(near).float()[:, None, None]
        total[step:] += count * alone[:-step]
        total[:-step] += count * alone[step:]
    mean, _ = roma.special_procrustes(total, return_singular_values=True)
    away = roma.rotmat_geodesic_distance(alone, mean) > np.radians(TURNED_AWAY)
    turns = torch.where(away[:, None, None], mean, alone)
    return turns[np.interp(observed.times, times, np.arange(len(times))).round().astype(int)]


def _orientations(world: torch.Tensor) -> torch.Tensor:
    """(F, 3, 3) of each frame alone."""
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
    # Who is cut off keeps the size of the frames around.
    believed = observed.believed
    ratio = torch.from_numpy(np.interp(observed.times, observed.times[believed], ratio.numpy()[believed])).float()
    # The median over half a second removes what single frames get wrong.
    window = max(1, round(0.25 / observed.frame_seconds))
    padded = torch.cat([ratio[:1].expand(window), ratio, ratio[-1:].expand(window)])
    return hips, focal / padded.unfold(0, 2 * window + 1, 1).median(dim=1).values

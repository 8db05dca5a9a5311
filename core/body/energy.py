"""The terms of the energy that a fit minimises.

Each is a negative log-likelihood with the stated standard deviations, robust against outliers and averaged over
frames: landmarks in the image, landmarks in depth, the mask, joint limits and a pose prior, smooth motion, feet that
stay where they stand.
"""

import numpy as np
import torch

from ..lifting.picture_network import SURFACE
from .articulation import Articulation
from .flow import SurfaceFlow
from .model import BodyModel
from .observations import LEAST_SEEN, Observations
from .points import to_tensor
from .seen_points import SeenPoints

IMAGE_SPREAD = 0.012  # of the person's height
DEPTH_CHANGE_SPREAD = 0.01  # of the depth's logarithm
PLANE_SPREAD = 0.12  # metres, the same across the axis: the image says it better
OUTSIDE_SPREAD = 0.010  # of the crop's height
OUTLINE_SPREAD = 0.020  # of the crop's height
CLOTHES_MARGIN = 0.015  # of the crop's height: clothes reach that far beyond the body without pulling it
ACCELERATION_SPREAD = 0.006  # metres per frame^2 at 30 frames a second
TURN_SPREAD = 0.03  # radians per frame^2 at 30 frames a second
SLIDE_SPREAD = 0.002  # metres a frame at 30 frames a second
LEVEL_SPREAD = 0.02  # metres: how uneven the ground is; steps and beams are the robust part
LIMIT_SPREAD = 0.05  # radians beyond a joint's limit
SHAPE_SPREAD = 0.7  # standard deviations of the model: the prior is narrower than its population
FOCAL_SPREAD = 0.1  # of the logarithm
WORLD_SCALE_SPREAD = 0.1  # of the logarithm: how wrong the size of the lifted landmarks may be
OUTSIDE_WEIGHT, OUTLINE_WEIGHT = 20.0, 10.0

# Hips are hidden in clothes, knuckles small: trusted less. Face points fix the head.
LANDMARK_WEIGHT = {17: 0.3, 18: 0.3, 19: 0.3, 20: 0.3, 21: 0.2, 22: 0.2, 23: 0.4, 24: 0.4}

# Of what optical flow says. Its errors are alike all over a limb: many places there are hardly more than one.
FLOW_WEIGHT = 200.0
# Of feet that stand, which landmarks and flow would move along the view.
CONTACT_WEIGHT = 3.0

# In single pictures, and in clips, whose motion the lifting network knows. DEPTH_SPREAD: of the error that it says a
# landmark's depth has; POINTS_WEIGHT: of points that the picture network sees, which err together, frame after frame
# alike.
DEPTH_SPREAD, POINTS_WEIGHT = (3.0, 1.0), (2.0, 0.5)
SHORTEST_CLIP = 3
# Landmarks of the face and of fingers, which MediaPipe sees better.
FINE = [*range(1, 11), *range(17, 23)]

# Heels and toes.
SOLES = [29, 30, 31, 32]

# Legs outside the picture stand: their joints, by the landmark at the joint's end, are straight up to so many radians,
# feet are below the hips, not apart as in the rest pose, and cameras are level, up to so many radians.
STANDING_SPREAD, LEVEL_CAMERA_SPREAD = 0.15, 0.2
CLOSED = 0.1
# Radians by which somebody is turned otherwise than in the nearest frame whose trunk no border cuts.
CUT_TURN_SPREAD = 0.1
LEGS = {"upperleg01.L": 25, "upperleg01.R": 26, "lowerleg01.L": 27, "lowerleg01.R": 28, "foot.L": 31, "foot.R": 32}


class Energy:
    """The terms for one clip. Positions are in the camera's axes, metres; pixels are the image's."""

    def __init__(self, model: BodyModel, observed: Observations) -> None:
        self._observed = observed
        articulation = Articulation.of(model)
        self._spread = to_tensor(articulation.spread).expand(len(observed.frames), -1, -1).clone()
        self._likely = torch.zeros_like(self._spread)
        self._unseen = 1.0 - (observed.visibility / LEAST_SEEN).clamp(0.0, 1.0)
        for joint, landmark in LEGS.items():
            row = int(np.flatnonzero(articulation.bones == model.bone(joint))[0])
            unseen, spread = self._unseen[:, landmark, None], self._spread[:, row]
            self._spread[:, row] = spread.clamp(max=STANDING_SPREAD) * unseen + spread * (1.0 - unseen)
            if joint.startswith("upperleg"):
                self._likely[:, row, 2] = -CLOSED * unseen[:, 0]
        self._spread[~observed.believed, 0] = CUT_TURN_SPREAD
        self._low, self._high = to_tensor(articulation.low), to_tensor(articulation.high)
        weight = torch.ones(33)
        for landmark, value in LANDMARK_WEIGHT.items():
            weight[landmark] = value
        seen = observed.visibility * observed.belief[:, None]
        self._landmark_weight = weight * to_tensor(model.landmark_exists) * seen**2
        believed = to_tensor(model.landmark_exists)
        believed[FINE] = 0.0
        kind = 0 if len(observed.frames) < SHORTEST_CLIP else 1
        self._depth_error = DEPTH_SPREAD[kind] * observed.depth_error
        self._point_weight = POINTS_WEIGHT[kind] * torch.cat([believed, torch.ones(SURFACE)])
        self._sole_heights = to_tensor(model.landmark_mean[SOLES, 1] - model.mean_vertices[:, 1].min())
        self._time_scale = 1 / 30 / observed.frame_seconds

    def image(self, pixels: torch.Tensor) -> torch.Tensor:
        """Landmarks (F, 33, 2) in the image lie where they were seen."""
        error = torch.linalg.norm(pixels - self._observed.image, dim=-1) / self._observed.height
        return (self._landmark_weight * robust(error / IMAGE_SPREAD)).sum(dim=1).mean()

    def world(self, landmarks: torch.Tensor, log_scale: torch.Tensor) -> torch.Tensor:
        """Landmarks (F, 33, 3) lie around the hips as the lifted ones do, whose scale is unknown."""
        error = _from_hips(landmarks) - torch.exp(log_scale) * _from_hips(self._observed.world)
        depth = error[..., 2].abs() / self._depth_error
        plane = torch.linalg.norm(error[..., :2], dim=-1) / PLANE_SPREAD
        term = (self._landmark_weight * (robust(depth) + robust(plane))).sum(dim=1).mean()
        return term + (log_scale / WORLD_SCALE_SPREAD) ** 2

    def points(self, seen: SeenPoints, points: torch.Tensor, pixels: torch.Tensor, focal: torch.Tensor) -> torch.Tensor:
        """Points (F, Q, 3), whose places in the image are pixels (F, Q, 2), lie where the picture network sees them,
        as far as it is sure of that; depth counts along the ray to the hips, whose own depth may be what is wrong."""
        focal = focal.detach()
        hips = ((points[:, 23] + points[:, 24]) / 2).detach()
        depth = -torch.einsum("fqi,fi->fq", points, hips / torch.linalg.norm(hips, dim=1, keepdim=True))
        pixels_a_metre = focal / -hips[:, 2:]
        across = torch.linalg.norm(pixels - seen.image, dim=2) / seen.errors[..., 0]
        along = depth * pixels_a_metre - seen.depth
        weight = self._point_weight * seen.trust * self._observed.belief[:, None]
        belief = weight / seen.errors[..., 1]
        along = along - (belief * along).sum(dim=1, keepdim=True) / belief.sum(dim=1, keepdim=True).clamp_min(1e-9)
        term = robust(across, cut=1.0) + robust(along / seen.errors[..., 1], cut=1.0)
        return (weight * term).sum(dim=1).mean()

    def flow(self, flow: SurfaceFlow, frames: slice, pixels: list[torch.Tensor]) -> torch.Tensor:
        """Places of the surface go in the image as the flow says. pixels: (F', N, 2) in the given frames, and the same
        in each of flow.STEPS after them."""
        belief, errors = flow.belief[:, frames], flow.errors[frames, None]
        ways = torch.stack([later - pixels[0] for later in pixels[1:]])
        apart = torch.linalg.norm(ways - flow.ways[:, frames] + 1e-6, dim=-1) / errors
        return FLOW_WEIGHT * (belief * robust(apart, cut=1.0)).mean()

    def prior(self, pose: torch.Tensor, shape: torch.Tensor, log_focal: torch.Tensor) -> torch.Tensor:
        """Joint angles (F, J, 3) are likely and within their limits, shape (S,) and focal length likely."""
        likely = (((pose - self._likely) / self._spread) ** 2).sum(dim=(1, 2)).mean()
        beyond = torch.relu(self._low - pose) + torch.relu(pose - self._high)
        limits = ((beyond / LIMIT_SPREAD) ** 2).sum(dim=(1, 2)).mean()
        return 0.5 * likely + limits + ((shape / SHAPE_SPREAD) ** 2).sum() + (log_focal / FOCAL_SPREAD) ** 2

    def standing(self, landmarks: torch.Tensor) -> torch.Tensor:
        """Ankles of (F, 33, 3) that no picture shows are below their hips, as the camera has it."""
        legs = landmarks[:, [27, 28]] - landmarks[:, [23, 24]]
        pitch = torch.atan2(legs[..., 2], -legs[..., 1])
        return 0.5 * (self._unseen[:, [27, 28]] * (pitch / LEVEL_CAMERA_SPREAD) ** 2).sum(dim=1).mean()

    def motion(self, points: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        """Points (F, N, 3) and joint angles (F, J, 3) move evenly; not across gaps between frames."""
        if len(points) < 3:
            return torch.zeros(())
        steady = self._observed.steady
        steady = (steady[1:] & steady[:-1]).float()[:, None]
        scale = self._time_scale**2
        moves = torch.linalg.norm(_second_difference(points), dim=-1) * scale
        turns = torch.linalg.norm(_second_difference(pose), dim=-1) * scale
        bent = robust(moves / ACCELERATION_SPREAD, cut=2.0) * steady
        turned = robust(turns / TURN_SPREAD, cut=2.0) * steady
        return 0.5 * bent.sum(dim=1).mean() + 0.5 * turned.sum(dim=1).mean()

    def depth(self, log_depth: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
        """The hips' depth (F,) changes over the clip as the size of the landmarks in the image says it does."""
        belief, change = self._observed.belief, log_depth - first
        mean = (belief * change).sum() / belief.sum()
        return (belief * robust((change - mean) / DEPTH_CHANGE_SPREAD, cut=2.0)).mean()

    def contact(self, landmarks: torch.Tensor, contacts: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
        """A foot that stands does not slide, and soles that stand are at one level.

        contacts: (F - 1, 33), 1 where a landmark stands between two frames; up: (3,) against gravity.
        """
        slide = torch.linalg.norm(landmarks[1:] - landmarks[:-1], dim=-1) * self._time_scale
        still = (contacts * robust(slide / SLIDE_SPREAD, cut=3.0)).sum(dim=1).mean()
        standing = contacts[:, SOLES]
        heights = landmarks[1:, SOLES] @ up - self._sole_heights
        level = ((standing * heights).sum() / standing.sum().clamp_min(1.0)).detach()
        even = (standing * robust((heights - level) / LEVEL_SPREAD, cut=2.0)).sum(dim=1).mean()
        return CONTACT_WEIGHT * (still + even)

    def mask(self, pixels: torch.Tensor, frames: slice) -> torch.Tensor:
        """The body's surface (N', M, 2) in the given frames stays inside the mask, whose outline is near the body."""
        crops = self._observed.crops[frames]
        centres = torch.tensor([crop.centre for crop in crops])[:, None]
        sides = torch.tensor([crop.side for crop in crops])[:, None, None]
        places = (pixels - centres) / sides
        outside = torch.nn.functional.grid_sample(
            self._observed.masks.outside(frames)[:, None],
            2 * places[:, None],
            align_corners=False,
            padding_mode="border",
        )[:, 0, 0]
        spill = robust(outside / OUTSIDE_SPREAD, cut=4.0).mean(dim=1).mean()
        outline = (self._observed.outline[frames] - centres) / sides
        known = torch.isfinite(outline[..., 0])
        nearest = torch.cdist(torch.nan_to_num(outline), places).amin(dim=2)
        gap = torch.relu(nearest - CLOTHES_MARGIN) / OUTLINE_SPREAD
        uncovered = (robust(gap, cut=2.0) * known).sum(dim=1).mean() / known.shape[1]
        return OUTSIDE_WEIGHT * spill + OUTLINE_WEIGHT * uncovered


def robust(ratio: torch.Tensor, cut: float = 4.0) -> torch.Tensor:
    """Squares up to `cut` standard deviations, then grows linearly (Charbonnier)."""
    return cut**2 * (torch.sqrt(1 + (ratio / cut) ** 2) - 1) * 2


def _second_difference(values: torch.Tensor) -> torch.Tensor:
    return values[2:] - 2 * values[1:-1] + values[:-2]


def _from_hips(points: torch.Tensor) -> torch.Tensor:
    return points - (points[:, 23:24] + points[:, 24:25]) / 2

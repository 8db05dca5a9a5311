"""Bodies as GraphCMR sees them in the training pictures, and what its errors in depth do to the labels."""

import numpy as np
import torch
from torch import Tensor

from ...body.smpl import SmplBody
from ...pamir.body_regressor import SmplParamRegressor
from ...pamir.camera import DISTANCE
from ...pamir.graph_cmr import estimate_body
from ...pamir.graph_network import GraphCNN
from ...pamir.parameters import CAMERA_SCALE, FLIP
from .turned_body import TurnedBody

# Shifts of points in depth go up to 1 / STEEPNESS.
STEEPNESS = 20.0
SMALLEST = 1e-6


class PredictedBodies:
    """GraphCMR's two networks, frozen, and SMPL."""

    def __init__(self, estimator: tuple[GraphCNN, SmplParamRegressor], smpl: SmplBody) -> None:
        self._estimator, self._smpl = estimator, smpl

    def of(self, images: Tensor, bodies: list[TurnedBody], rng: np.random.Generator) -> list[Tensor | None]:
        """For each picture (B, 3, S, S) the estimated body's vertices (V, 3), canonical; None where the true body is
        to be taken: for a third of the batch, drawn with repetition, and where that is no SMPL body."""
        replaced = set(rng.integers(len(bodies), size=len(bodies) // 3).tolist())
        wanted = [i for i, body in enumerate(bodies) if i not in replaced and body.parameters is not None]
        result: list[Tensor | None] = [None] * len(bodies)
        if wanted:
            estimates = (values.clone() for values in estimate_body(*self._estimator, images[wanted]))
            for i, rotations, betas, camera in zip(wanted, *estimates, strict=True):
                result[i] = self._placed(rotations, betas, camera, bodies[i])
        return result

    def _placed(self, rotations: Tensor, betas: Tensor, camera: Tensor, truth: TurnedBody) -> Tensor:
        with torch.no_grad():
            vertices, joints = self._smpl.pose(rotations[None], betas[None])
            scale, translation = training_camera(camera, joints[0, 0, 2], self.true_depth(truth))
            return scale * vertices[0] + translation

    def true_depth(self, truth: TurnedBody) -> float:
        """z of the translation that the true body has as the view sees it, when its root is turned instead of all
        vertices (pamir.md 9)."""
        parameters = truth.parameters
        assert parameters is not None
        device = self._smpl.template.device
        betas = torch.from_numpy(parameters.betas)[None].to(device)
        with torch.no_grad():
            _, joints = self._smpl.pose(torch.eye(3, device=device).expand(1, 24, 3, 3), betas)
        root = joints[0, 0].cpu().numpy()
        turned = truth.turn @ parameters.translation + (truth.turn @ root - root) * parameters.scale
        return float(turned[2])


def training_camera(camera: Tensor, root_depth: Tensor, depth: float) -> tuple[Tensor, Tensor]:
    """Scale (3,) and translation (3,) of GraphCMR's y-down body so that it stands in the picture as estimated, and as
    far away as the true one (pamir.md 8).

    camera: (3,) s, x, y; root_depth: z of SMPL's root joint before the scale; depth: z of the true translation.
    """
    size = camera[0] * CAMERA_SCALE * (DISTANCE - depth) / DISTANCE
    translation = torch.stack([size * camera[1], -size * camera[2], depth + 2.0 * root_depth * size])
    return size * torch.from_numpy(FLIP).to(size), translation


def depth_shifts(index: Tensor, distance: Tensor, predicted: Tensor, truth: Tensor) -> Tensor:
    """(P,) by how much points move in depth so that they keep their place at a body that is estimated too near or too
    far: the paper's depth-ambiguity-aware loss.

    index, distance: (P, 4) each point's nearest vertices; predicted, truth: (V, 3) the two bodies, canonical.
    """
    offsets = (predicted[:, 2] - truth[:, 2])[index]
    nearest = distance.amin(dim=1, keepdim=True).clamp(min=SMALLEST)
    weights = torch.exp(-(distance**2) / (2.0 * nearest**2))
    mean = (weights * offsets).sum(dim=1) / weights.sum(dim=1)
    return torch.tanh(STEEPNESS * mean) / STEEPNESS

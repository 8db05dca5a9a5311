"""Body reference optimisation (PaMIR, section 4.5): the pose that agrees best with the occupancy and the keypoints."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from ..body.smpl import SmplBody
from ..body.voxelize import voxelize
from .geometry_network import PamirNet
from .keypoints import Keypoints
from .parameters import BodyParameters, rotation_matrices
from .projection import project

STEPS = 50
RATE = 2e-3
# Steps for which one voxelised body serves.
VOXELS_EVERY = 20
VOXELS = 128
OCCUPANCY, PRIOR, SHAPE_PRIOR, KEYPOINT, DEPTH = 1.0, 1.0, 0.01, 500.0, 5.0
# A vertex that is inside the person weighs this much of one that is as far outside.
INSIDE = 0.5


@dataclass(frozen=True)
class Fitted:
    """parameters: the fitted body; vertices: (V, 3) of it, in PaMIR's canonical space; volume: (1, 3, R, R, R), the
    body voxelised."""

    parameters: BodyParameters
    vertices: Tensor
    volume: Tensor


def fit_body(
    network: PamirNet,
    image_features: Tensor,
    body: SmplBody,
    start: BodyParameters,
    keypoints: Keypoints | None,
    query_vertices: Tensor,
    steps: int = STEPS,
    quirks: bool = False,
    voxels: int = VOXELS,
) -> Fitted:
    """Change the pose, but not its root, so that the body's surface lies on the network's and on the keypoints.

    image_features: (1, 256, H, W) of the picture, which stay the same throughout: that is what makes it quick.
    query_vertices: (Q,) indices of surface vertices at which the occupancy is asked for. Shape, scale and translation
    are kept. With `quirks`, the vertices are those before the last step, as the published code writes them.
    """
    device = image_features.device
    betas = torch.from_numpy(start.betas)[None].to(device)
    scale, translation = (torch.from_numpy(value).to(device) for value in (start.scale, start.translation))
    first = torch.from_numpy(start.axis_angles.reshape(1, -1)).to(device)
    pose = first.clone().requires_grad_(True)
    # Also where the caller computes without gradients.
    with torch.enable_grad(), _frozen(network):
        optimiser = torch.optim.Adam([pose], lr=RATE)
        depths = features = None
        vertices = torch.empty(0)
        for step in range(steps):
            turned = torch.cat([first[:, :3], pose[:, 3:]], dim=1)
            metric, joints = body.pose(turned, betas)
            vertices = scale * metric + translation
            points = scale * body.keypoints(metric, joints) + translation
            if depths is None:
                depths = points[..., 2].detach()
            if features is None or step % VOXELS_EVERY == 0:
                with torch.no_grad():
                    features = network.volume_features(_voxelized(body, vertices[0], voxels))
            asked = vertices[:, query_vertices]
            occupancy = network.decode(image_features, features, asked, project(asked))
            loss = OCCUPANCY * functional.leaky_relu(0.5 - occupancy, INSIDE).abs().mean()
            # The shape's part is 0, since the shape is kept.
            loss = loss + PRIOR * ((first - pose) ** 2).mean()
            if keypoints is not None:
                loss = loss + KEYPOINT * _keypoint_error(points[0], keypoints)
            loss = loss + DEPTH * ((points[..., 2] - depths) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    parameters = replace(start, rotations=rotation_matrices(pose.detach().cpu().numpy())) if steps else start
    with torch.no_grad():
        fitted = posed(body, parameters, device)
        volume = _voxelized(body, fitted, voxels)
    return Fitted(parameters, vertices[0].detach() if quirks and steps else fitted, volume)


def posed(body: SmplBody, parameters: BodyParameters, device: torch.device) -> Tensor:
    """(V, 3) vertices of a body in PaMIR's canonical space."""
    rotations, betas, scale, translation = (
        torch.from_numpy(value).to(device)
        for value in (parameters.rotations, parameters.betas, parameters.scale, parameters.translation)
    )
    return scale * body.pose(rotations[None], betas[None])[0][0] + translation


def _voxelized(body: SmplBody, vertices: Tensor, voxels: int) -> Tensor:
    """(1, 3, R, R, R) from (V, 3) canonical vertices."""
    return voxelize(vertices, body.tetrahedra, body.codes, voxels)[None]


def _keypoint_error(points: Tensor, keypoints: Keypoints) -> Tensor:
    """Mean over all 24 keypoints, known or not, of the squared distance in the picture, each weighted before."""
    known = torch.from_numpy(keypoints.points).to(points)
    confidence = torch.from_numpy(keypoints.confidence).to(points)[:, None]
    return ((confidence * project(points) - confidence * known) ** 2).mean()


@contextmanager
def _frozen(network: torch.nn.Module) -> Iterator[None]:
    """No gradients for the network's own weights, which would cost as much again."""
    changed = [weight for weight in network.parameters() if weight.requires_grad]
    for weight in changed:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in changed:
            weight.requires_grad_(True)

"""GraphCMR's estimate of SMPL's pose, shape and camera from one picture."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from .body_regressor import SmplParamRegressor
    from .graph_network import GraphCNN

SIZE = 224
# Of the pictures that the network was trained on.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def estimate_body(
    graph_network: "GraphCNN", regressor: "SmplParamRegressor", image: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """image (B, 3, 512, 512) RGB 0-1 on white -> rotations (B, 24, 3, 3), betas (B, 10), camera (B, 3): s, x, y.

    Both networks in evaluation mode. The camera is weak-perspective over the picture; its bodies are y-down.
    """
    with torch.inference_mode():
        vertices, camera = graph_network(normalise(image))
        template = graph_network.get_buffer("template")
        pairs = torch.cat([vertices.transpose(1, 2), template[None].expand(len(image), -1, -1)], dim=2)
        rotations, betas = regressor(pairs)
    return rotations, betas, camera


def normalise(image: Tensor) -> Tensor:
    """(B, 3, H, W) RGB 0-1 -> (B, 3, SIZE, SIZE), normalised."""
    small = functional.interpolate(image, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
    mean, deviation = (small.new_tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
    return (small - mean) / deviation

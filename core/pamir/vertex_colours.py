"""Colours of a mesh's vertices by PaMIR's texture network."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..device import BatchSize
from .geometry_field import batch_size, half_precision
from .projection import project
from .texture_network import TexPamirNetAttention

Array = npt.NDArray[np.float32]


def vertex_colours(
    network: TexPamirNetAttention, image: Tensor, geometry_features: Tensor, volume: Tensor, vertices: Array
) -> Array:
    """(V, 3) RGB 0-1 at vertices (V, 3) in PaMIR's canonical space.

    image: (1, 3, 512, 512) RGB 0-1 on white; geometry_features: of PamirNet for that picture; volume: (1, 3, R, R, R)
    voxelised body.
    """
    device = image.device
    with torch.inference_mode():
        features = network.image_features(image)
        encoded = network.volume_features(volume)

        def decode(batch: slice) -> Array:
            points = torch.from_numpy(vertices[batch]).to(device)[None]
            with half_precision(device):
                _, final, _ = network.decode(image, features, geometry_features, encoded, points, project(points))
            return final[0].float().cpu().numpy()

        return np.concatenate(BatchSize(batch_size(device)).run(len(vertices), decode))

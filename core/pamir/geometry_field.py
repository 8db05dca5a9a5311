"""PaMIR's occupancy as a field: picture and body are encoded once, points are decoded in batches that fit."""

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..device import SMALLEST_BATCH, BatchSize
from .geometry_network import PamirNet
from .projection import project

Array = npt.NDArray[np.float32]

# Canonical units around the body in which clothes and hair may lie: about a third of a metre.
MARGIN = 0.15
# Points at once. On a processor the decoder's layers stay in its cache; a card wants more to do at a time.
CPU_BATCH, LARGEST_BATCH = 8192, 1 << 18
# Bytes that a point needs on its way through the decoder, and the part of the free memory that may be taken.
BYTES_PER_POINT, SHARE = 4 * 4096, 0.5


class PamirField:
    """An OccupancyField (core.surface.field) in PaMIR's canonical space."""

    def __init__(
        self, network: PamirNet, image_features: Tensor, volume: Tensor, vertices: Tensor, exact: bool = False
    ) -> None:
        """image_features: of the network; volume: (1, 3, R, R, R) voxelised body; vertices: (V, 3) of it, canonical;
        exact: float32 on every device."""
        self._network, self._exact = network, exact
        with torch.inference_mode():
            self._features = (image_features, network.volume_features(volume))
        self._batch = BatchSize(batch_size(image_features.device))
        body = vertices.detach().float().cpu().numpy()
        self.lower = np.clip(body.min(axis=0) - MARGIN, -0.5, 0.5).astype(np.float32)
        self.upper = np.clip(body.max(axis=0) + MARGIN, -0.5, 0.5).astype(np.float32)
        inside = ((body >= self.lower) & (body <= self.upper)).all(axis=1)
        self.anchors = body[inside]

    def occupancy(self, points: Array) -> Array:
        """(N, 3) in PaMIR's canonical space -> (N,) 0-1."""
        device = self._features[0].device

        def decode(batch: slice) -> Array:
            part = torch.from_numpy(points[batch]).to(device)[None]
            with half_precision(device, not self._exact):
                decoded = self._network.decode(*self._features, part, project(part))
            return decoded[0, :, 0].float().cpu().numpy()

        with torch.inference_mode():
            results = self._batch.run(len(points), decode)
        return np.concatenate(results) if results else np.zeros(0, np.float32)


def half_precision(device: torch.device, wanted: bool = True) -> AbstractContextManager[object]:
    """A context in which cards compute with 16 bits where that is safe; elsewhere it would be slower, not quicker.

    Places are sampled with 32 bits all the same.
    """
    return torch.autocast("cuda", torch.float16) if wanted and device.type == "cuda" else nullcontext()


def batch_size(device: torch.device) -> int:
    """How many points to decode at once on a device, by the memory that is free there."""
    if device.type != "cuda":
        return CPU_BATCH
    free = torch.cuda.mem_get_info(device)[0]
    return int(np.clip(free * SHARE / BYTES_PER_POINT, SMALLEST_BATCH, LARGEST_BATCH))

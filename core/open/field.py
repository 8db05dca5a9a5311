"""The network's occupancy as a field (core.surface.field)."""

import numpy as np
import numpy.typing as npt
import torch

from .body_maps import BodyShape
from .inputs import filled, masked_picture
from .network import MAP, OpenNet

Float = npt.NDArray[np.float32]

# Canonical units around the body in which clothes and hair may lie.
MARGIN = 0.12
BATCH = 16_384


class OpenField:
    """An OccupancyField in canonical space: the picture is encoded once, points are decoded in batches."""

    def __init__(self, network: OpenNet, picture: npt.NDArray[np.uint8], mask: Float, body: BodyShape) -> None:
        """picture: (256, 256, 3) uint8 RGB and mask: (256, 256) 0-1, of the crop; body: the fitted one, canonical."""
        self._network, self._body = network, body
        self._device = next(network.parameters()).device
        maps = filled(body.maps(MAP))
        with torch.inference_mode():
            self._encoded = network.encode(self._tensor(masked_picture(picture, mask)), self._tensor(maps))
        self.lower = np.clip(body.vertices.min(axis=0) - MARGIN, -0.5, 0.5).astype(np.float32)
        self.upper = np.clip(body.vertices.max(axis=0) + MARGIN, -0.5, 0.5).astype(np.float32)
        self.anchors = np.clip(body.vertices, self.lower, self.upper)

    @property
    def sides(self) -> Float:
        """(8, 128, 128) the predicted front and back, see OpenNet.encode."""
        return self._encoded[1][0].float().cpu().numpy()

    def occupancy(self, points: Float) -> Float:
        """(N, 3) canonical -> (N,) 0-1."""
        results = []
        with torch.inference_mode():
            for start in range(0, len(points), BATCH):
                part = points[start : start + BATCH]
                body = self._body.points(part)
                logits = self._network.decode(*self._encoded, self._tensor(part), self._tensor(body))
                results.append(torch.sigmoid(logits)[0].float().cpu().numpy())
        return np.concatenate(results) if results else np.zeros(0, np.float32)

    def _tensor(self, values: Float) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values))[None].to(self._device)

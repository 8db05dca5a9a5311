"""The network's occupancy as a field (core.surface.field)."""

import numpy as np
import numpy.typing as npt
import torch

from .body_maps import BodyShape
from .inputs import columns_shown, filled, masked_picture
from .network import CENTIMETRE, COLUMNS, DETAILS, MAP, PICTURE, SURE, OpenNet

Float = npt.NDArray[np.float32]

# Canonical units around the body in which clothes and hair may lie.
MARGIN = 0.12
BATCH = 16_384


class OpenField:
    """An OccupancyField in canonical space: the picture is encoded once, points are decoded in batches."""

    def __init__(self, network: OpenNet, picture: npt.NDArray[np.uint8], mask: Float, body: BodyShape) -> None:
        """picture: (PICTURE, PICTURE, 3) uint8 RGB and mask: the same size, 0-1, of the crop; body: the fitted one."""
        self._network, self._body = network, body
        self._device = next(network.parameters()).device
        maps = body.maps(MAP)
        shown = columns_shown(mask[::2, ::2], maps[0], COLUMNS)
        cut, wide = (
            slice((size - shown * size // MAP) // 2, (size + shown * size // MAP) // 2) for size in (MAP, PICTURE)
        )
        with torch.inference_mode():
            self._encoded = network.encode(
                self._tensor(masked_picture(picture, mask)[..., wide]), self._tensor(filled(maps)[..., cut])
            )
        self._columns = wide
        self.lower = np.clip(body.vertices.min(axis=0) - MARGIN, -0.5, 0.5).astype(np.float32)
        self.upper = np.clip(body.vertices.max(axis=0) + MARGIN, -0.5, 0.5).astype(np.float32)
        self.anchors = np.clip(body.vertices, self.lower, self.upper)

    @property
    def details(self) -> Float:
        """(PICTURE, PICTURE, DETAILS) predicted normals of the front and the back, and colours 0-1 of the back; 0 in
        columns without the person."""
        details = np.zeros((PICTURE, PICTURE, DETAILS), np.float32)
        details[:, self._columns] = self._encoded.details[0].float().cpu().numpy().transpose(1, 2, 0)
        return details

    def occupancy(self, points: Float) -> Float:
        """(N, 3) canonical -> (N,) 0-1."""
        results = []
        with torch.inference_mode():
            for start in range(0, len(points), BATCH):
                part = points[start : start + BATCH]
                body, share = self._body.near(part)
                logits = self._network.decode(self._encoded, self._tensor(part), self._tensor(body))[0]
                own = -np.clip(body[:, 0] / CENTIMETRE, -SURE, SURE)
                mixed = (1.0 - share) * logits.float().cpu().numpy() + share * own
                results.append(1.0 / (1.0 + np.exp(-mixed)))
        return np.concatenate(results).astype(np.float32) if results else np.zeros(0, np.float32)

    def _tensor(self, values: Float) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values))[None].to(self._device)

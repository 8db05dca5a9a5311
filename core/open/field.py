"""The network's occupancy as a field (core.surface.field)."""

import numpy as np
import numpy.typing as npt
import torch

from ..device import BatchSize
from ..spaces import CROP_HALF
from ..surface.sampling import FOLLOWED, beyond_crop, crop_pixels
from .between import between_legs
from .body_maps import BodyShape
from .inputs import columns_shown, filled, masked_picture
from .network import CENTIMETRE, COLUMNS, DETAILS, MAP, PICTURE, SURE, OpenNet
from .reach import Reach

Float = npt.NDArray[np.float32]

# Canonical units around the body in which clothes and hair may lie.
MARGIN = 0.12
BATCH = 16_384
# Logits beyond this are as good as certain.
SATURATED = 30.0
# Canonical: over this distance to the crop's border the network gives way to the body, which alone is known beyond it.
GIVES_WAY = 0.03
# A mask may be so unsure, and so many pixels wrong.
MASKED, REACH = 0.2, 3
# Canonical: what the mask shows further from the body than this is beside it.
BESIDE = 2 * CENTIMETRE
# The network leaves out three percent of the mask along its rim; this much more inside, a logit, brings a third of it
# back without making the surface worse elsewhere.
EAGER = 0.4
# Logits a centimetre by which the network is believed less where it sees surface too far from the body, and where hair
# may be, which it likes to see as plates beside a head.
DISBELIEF, DOUBT = 1.0, 0.3
# Logits a centimetre inside what is filled in any case.
FIRM = 3.0


class OpenField:
    """An OccupancyField in canonical space: the picture is encoded once, points are decoded in batches."""

    def __init__(
        self,
        network: OpenNet,
        picture: npt.NDArray[np.uint8],
        mask: Float,
        body: BodyShape,
        reach: Reach,
        covered: Float | None = None,
    ) -> None:
        """picture: (PICTURE, PICTURE, 3) uint8 RGB and mask: the same size, 0-1, of the crop; body: the fitted one;
        reach: how far from it the network is believed; covered: (PICTURE, PICTURE) 0-1, where something is in front of
        the person, and what is there is as the body has it."""
        self._covered = np.zeros(mask.shape, np.float32) if covered is None else covered
        self._network, self._body = network, body
        self._device = next(network.parameters()).device
        self._batch = BatchSize(BATCH)
        self._least = body.at_places(reach.least) / CENTIMETRE
        self._sure = body.at_places(reach.sure) / CENTIMETRE
        self._farthest = body.at_places(reach.farthest) / CENTIMETRE
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
        self._hair = self._share = np.zeros(len(self._sure), np.float32)
        self._hanging = 0.0
        self._mask, self._between = mask, between_legs(body, mask)
        # Elsewhere nobody need be asked.
        there = _enlarged(maps[0], mask) > 0
        self._reached = _dilated((mask > MASKED) | there, REACH)
        self._beside = (mask > 0.5) & ~_dilated(there, round(BESIDE * len(mask) / (2 * CROP_HALF)))
        self.lower = np.maximum(body.vertices.min(axis=0) - MARGIN, -FOLLOWED).astype(np.float32)
        self.upper = np.minimum(body.vertices.max(axis=0) + MARGIN, FOLLOWED).astype(np.float32)
        self.anchors = np.clip(body.vertices, self.lower, self.upper)

    def wear_hair(self, thickness: Float, share: Float, hanging: float) -> None:
        """From now on the body with hair of that thickness, (V,) canonical, counts by its share, (V,) 0-1; not where
        the mask shows hair that hangs beside it, below a canonical height."""
        self._hair = self._body.at_places(thickness) / CENTIMETRE
        self._share, self._hanging = self._body.at_places(share), hanging

    @property
    def details(self) -> Float:
        """(PICTURE, PICTURE, DETAILS) predicted normals of the front and the back, and colours 0-1 of the back; 0 in
        columns without the person, and where something is in front of them."""
        details = np.zeros((PICTURE, PICTURE, DETAILS), np.float32)
        details[:, self._columns] = self._encoded.details[0].float().cpu().numpy().transpose(1, 2, 0)
        return details * (1.0 - self._covered)[..., None]

    def occupancy(self, points: Float) -> Float:
        """(N, 3) canonical -> (N,) 0-1."""
        results = np.zeros(len(points), np.float32)
        rows, columns = crop_pixels(points, PICTURE)
        beyond = beyond_crop(points)
        unknown = np.clip(beyond / GIVES_WAY + 1.0, 0.0, 1.0).astype(np.float32)
        reached = np.flatnonzero(self._reached[rows, columns] | (beyond > 0))
        masked = EAGER * (self._mask[rows, columns] > 0.5)

        def decode(batch: slice) -> None:
            chosen = reached[batch]
            part = points[chosen]
            body, share, nearest = self._body.near(part)
            logits = self._network.decode(self._encoded, self._tensor(part), self._tensor(body))[0]
            away = body[:, 0] / CENTIMETRE
            sure, farthest = self._sure[nearest], self._farthest[nearest]
            believed = logits.float().cpu().numpy() + masked[chosen]
            believed -= DOUBT * np.clip(away - sure, 0.0, farthest - sure)
            believed -= DISBELIEF * np.maximum(away - farthest, 0.0)
            filled = np.maximum(self._least[nearest] - away, self._between.inside(part) / CENTIMETRE)
            believed = np.maximum(believed, FIRM * filled)
            hidden = np.maximum(self._covered[rows[chosen], columns[chosen]], unknown[chosen])
            hangs = self._beside[rows[chosen], columns[chosen]] & (part[:, 1] < self._hanging)
            share = np.maximum.reduce([share, np.where(hangs, 0.0, self._share[nearest]), hidden])
            mixed = (1.0 - share) * believed - share * np.clip(away - self._hair[nearest], -SURE, SURE)
            results[chosen] = 1.0 / (1.0 + np.exp(-np.clip(mixed, -SATURATED, SATURATED)))

        with torch.inference_mode():
            self._batch.run(len(reached), decode)
        return results

    def _tensor(self, values: Float) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values))[None].to(self._device)


def _enlarged(body: Float, mask: Float) -> Float:
    """Where the body is, (MAP, MAP), as large as the mask."""
    import cv2

    return np.asarray(cv2.resize(body, mask.shape, interpolation=cv2.INTER_NEAREST), np.float32)


def _dilated(chosen: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    """The chosen pixels and what is close to them."""
    import cv2

    size = 2 * reach + 1
    return np.asarray(cv2.dilate(chosen.astype(np.uint8), np.ones((size, size), np.uint8))) > 0

"""Looks at pictures of a person with the shipped picture network."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ..person.cut import cut, cut_mask
from ..picture import Picture
from ..spaces import Crop
from ..weights_file import read_weights
from . import LOOKER
from .picture_network import GREY, PICTURE, UNIT, PictureNet

Float = npt.NDArray[np.float32]


class Seen(NamedTuple):
    """One picture's points, as in ClipPoints: image (Q, 2), depth (Q,), errors (Q, 2)."""

    image: Float
    depth: Float
    errors: Float


# Sides of the square that is looked at, in the crop's: the person is then as large as in what the network learnt from.
ROOM = 1.12


class Looker:
    """The network, ready to look."""

    def __init__(self) -> None:
        network = PictureNet()
        read_weights(network, LOOKER)
        self._network = network.eval()

    def find(self, picture: Picture, mask: Float, crop: Crop) -> Seen:
        """picture: (H, W, 3) uint8 RGB; mask: (H, W) float32 0-1; crop: around the person."""
        square = Crop(crop.centre, ROOM * crop.side)
        values = torch.from_numpy(cut(picture, square, PICTURE)).permute(2, 0, 1).float() / 255
        shown = torch.from_numpy(cut_mask(mask, square, PICTURE))
        with torch.no_grad():
            found = self._network((values * shown + GREY * (1 - shown))[None])
        errors = UNIT * found.spreads[0].exp()
        return Seen(*(ROOM * values.numpy() for values in (found.image[0], found.depth[0], errors)))

"""Makes the textured mesh of one frame with Restage's own network."""

import time

import numpy as np
import numpy.typing as npt
import torch

from ..frame import ClipReader
from ..job import Job
from ..person.cut import cut_picture
from ..ply import write_ply
from ..props.files import Props
from ..surface.clothing import fitted
from ..surface.silhouette import MaskField
from ..surface.stage import dressed_body, read_clothing
from ..texture.paint import body_colours_at, paint
from ..texture.stage import photograph_of, read_colours
from .kept import remembered_share
from .network import PICTURE
from .surface import OpenSurface, open_surface
from .weights import load_open

Float = npt.NDArray[np.float32]

# Pixels around a thing whose colours go on behind it: the network is not to see a ball's shading.
PAINTED_FROM = 3


class OpenFrameMaker:
    """The method "open": surface and unseen colours by the network, around the fitted body; what the camera sees, now
    or in another frame, in the clip's own colours."""

    def __init__(self, job: Job, device: torch.device) -> None:
        self._job, self._reader = job, ClipReader(job, Props.read(job))
        self._network = load_open(device)
        self._thickness = read_clothing(job)
        colours, known = read_colours(job)
        self._memory = np.concatenate([colours, known[:, None].astype(np.float32)], axis=1)
        self._remembered = np.concatenate([colours, remembered_share(known)], axis=1)
        self.seconds = {"surface": 0.0, "texture": 0.0}

    def make(self, number: int) -> None:
        """See core.reconstruction.FrameMaker; raises RestageError `surface_empty` or `picture_unreadable`."""
        started = time.perf_counter()
        reader = self._reader
        surface = self._surface(number)
        placed = reader.view(number).to_world(surface.vertices).astype(np.float32)
        surfaced = time.perf_counter()
        hidden = self._hidden(number, placed, surface)
        colours = paint(placed, surface.faces, photograph_of(reader, number), reader.camera, hidden)
        write_ply(self._job.mesh_path(number), placed, surface.faces, colours)
        self.seconds["surface"] += surfaced - started
        self.seconds["texture"] += time.perf_counter() - surfaced

    def _surface(self, number: int) -> OpenSurface:
        import cv2

        reader = self._reader
        view = reader.view(number)
        mask = reader.crop_mask(number, PICTURE)
        body = view.from_world(reader.body(number)).astype(np.float32)
        body = fitted(body, view, MaskField.of(mask), self._thickness, reader.hands_shown(number))
        cut = cut_picture(reader.picture(number), reader.crops[number])
        picture = cv2.resize(cut, (PICTURE, PICTURE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        thing = reader.thing(number)
        if thing is not None:
            painted = cv2.inpaint(picture, thing.seen.astype(np.uint8), PAINTED_FROM, cv2.INPAINT_TELEA)
            picture = painted.astype(np.uint8, copy=False)
        resolution = self._job.record.settings.resolution
        thickness = self._thickness / np.float32(view.metres_per_unit)
        return open_surface(self._network, picture, mask, body, thickness, resolution, self._memory)

    def _hidden(self, number: int, placed: Float, surface: OpenSurface) -> Float:
        """(V, 3) colours 0-255 for what the frame does not show, from the clip's memory and the network."""
        dressed = dressed_body(self._reader, number, self._thickness)
        return surface.hidden(body_colours_at(placed, surface.faces, dressed, self._remembered))

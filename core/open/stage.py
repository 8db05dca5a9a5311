"""Makes the textured mesh of one frame with Restage's own network."""

import time

import numpy as np
import numpy.typing as npt
import torch

from ..device import one_thread
from ..frame import ClipReader
from ..job import Job
from ..ply import write_ply
from ..props.files import Props
from ..surface.clothing import fitted
from ..surface.mesh import Faces, Vertices
from ..surface.silhouette import MaskField
from ..surface.stage import dressed_body, read_clothing
from ..texture.painter import MeshPainter
from ..texture.skin import bare_skin
from ..texture.stage import read_colours
from .network import PICTURE
from .surface import open_surface
from .weights import load_open

# Pixels around a thing whose colours go on behind it: the network is not to see a ball's shading.
PAINTED_FROM = 3
# Pixels around a thing in which the network sees its border instead of the person, and over which that fades.
BLIND, FADING = 6, 3.0


class OpenFrameMaker:
    """The method "open": surface by the network, around the fitted body, in the clip's own colours."""

    def __init__(self, job: Job, device: torch.device) -> None:
        self._job, self._reader = job, ClipReader(job, Props.read(job))
        self._network = load_open(device)
        self._thickness = read_clothing(job)
        self._bare, self._painter = bare_skin(read_colours(job)[0]), MeshPainter(job, self._reader)

    def make(self, number: int) -> dict[str, float]:
        """See core.reconstruction.FrameMaker; raises RestageError `surface_empty` or `picture_unreadable`."""
        started = time.perf_counter()
        reader = self._reader
        # However many frames are made at a time, each comes out the same.
        with one_thread():
            vertices, faces = self._surface(number)
        surfaced = time.perf_counter()
        dressed = dressed_body(reader, number, self._thickness)
        vertices, colours = self._painter.painted(number, vertices, faces, dressed)
        write_ply(self._job.mesh_path(number), vertices, faces, colours)
        return {"surface": surfaced - started, "texture": time.perf_counter() - surfaced}

    def _surface(self, number: int) -> tuple[Vertices, Faces]:
        """(V, 3) world and (T, 3)."""
        import cv2

        reader = self._reader
        view = reader.view(number)
        mask = reader.crop_mask(number, PICTURE)
        body = view.from_world(reader.body(number)).astype(np.float32)
        body = fitted(body, view, MaskField.of(mask), self._thickness, reader.hands_shown(number))
        picture = reader.crop_picture(number, PICTURE)
        thing, covered = reader.thing(number), None
        if thing is not None:
            painted = cv2.inpaint(picture, thing.seen.astype(np.uint8), PAINTED_FROM, cv2.INPAINT_TELEA)
            picture = painted.astype(np.uint8, copy=False)
            covered = _around(thing.seen)
        resolution = self._job.record.settings.resolution
        thickness = self._thickness / np.float32(view.metres_per_unit)
        vertices, faces = open_surface(self._network, picture, mask, body, thickness, resolution, covered, self._bare)
        return view.to_world(vertices).astype(np.float32), faces


def _around(thing: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """(S, S) 0-1, 1 at a thing (S, S) and close to it."""
    import cv2

    size = 2 * BLIND + 1
    wide = cv2.dilate(thing.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), FADING), np.float32)

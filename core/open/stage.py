"""Makes the textured mesh of one frame with Restage's own network."""

import time

import numpy as np
import torch

from ..frame import ClipReader
from ..job import Job
from ..person.cut import cut_picture
from ..ply import write_ply
from ..surface.grid import sample_field
from ..surface.mesh import extract_mesh
from ..surface.stage import dressed_body, read_clothing
from ..texture.paint import body_colours_at, paint
from ..texture.stage import photograph_of, read_colours
from .body_maps import BodyShape
from .field import OpenField
from .network import PICTURE
from .weights import load_open


class OpenFrameMaker:
    """The method "open": occupancy by the network around the fitted body, colours as in the method "body"."""

    def __init__(self, job: Job, device: torch.device) -> None:
        self._job, self._reader = job, ClipReader(job)
        self._network = load_open(device)
        self._thickness, self._colours = read_clothing(job), read_colours(job)
        self.seconds = {"surface": 0.0, "texture": 0.0}

    def make(self, number: int) -> None:
        """See core.reconstruction.FrameMaker; raises RestageError `surface_empty` or `picture_unreadable`."""
        started = time.perf_counter()
        reader = self._reader
        view = reader.view(number)
        field = self._field(number)
        vertices, faces = extract_mesh(sample_field(field, self._job.record.settings.resolution))
        placed = view.to_world(vertices).astype(np.float32)
        surfaced = time.perf_counter()
        hidden = body_colours_at(placed, dressed_body(reader, number, self._thickness), self._colours)
        colours = paint(placed, faces, photograph_of(reader, number), reader.camera, hidden)
        write_ply(self._job.mesh_path(number), placed, faces, colours)
        self.seconds["surface"] += surfaced - started
        self.seconds["texture"] += time.perf_counter() - surfaced

    def _field(self, number: int) -> OpenField:
        import cv2

        reader = self._reader
        body = reader.view(number).from_world(reader.body(number)).astype(np.float32)
        cut = cut_picture(reader.picture(number), reader.crops[number])
        picture = cv2.resize(cut, (PICTURE, PICTURE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        mask = reader.crop_mask(number, PICTURE)
        return OpenField(self._network, picture, mask, BodyShape(body, reader.model.triangles))

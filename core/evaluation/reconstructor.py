"""What is compared: ways to come from a picture and a body to a person's surface."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..spaces import Camera, CanonicalView
from ..surface.body_field import BodyField
from ..surface.clothing import dress, measure_clothing
from ..surface.grid import sample_field
from ..surface.mesh import extract_mesh
from ..surface.silhouette import MaskField
from ..surface.stage import MASK_SIZE
from ..texture.body_colours import Glimpse, gather_colours
from ..texture.paint import known_at, paint
from ..texture.projection import Photograph
from ..texture.regions import Regions

Float = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Sight:
    """What a method is given. picture: (S, S, 3) uint8 RGB and mask: (S, S) float32 0-1, of the crop; body: (V, 3)
    canonical, the body model's vertices; view: the crop and its camera; photograph: the whole picture."""

    picture: Picture
    mask: Float
    body: Float
    view: CanonicalView
    photograph: Photograph


class Reconstruction(NamedTuple):
    """vertices: (V, 3) canonical; faces: (T, 3), counter-clockwise from outside; colours: (V, 3) uint8 RGB, or None."""

    vertices: Float
    faces: Indices
    colours: Picture | None


class Reconstructor(Protocol):
    """A row of the comparison."""

    @property
    def name(self) -> str: ...

    def reconstruct(self, sight: Sight) -> Reconstruction:
        """Raises RestageError `surface_empty` when nothing comes out."""
        ...


class NakedBody:
    """The body as it is given."""

    name = "naked body"

    def reconstruct(self, sight: Sight) -> Reconstruction:
        faces = BodyModel.load().triangles
        return Reconstruction(sight.body, faces, colours_of(sight, sight.body, faces, sight.body))


class MaskRefit:
    """The method "body": the body widened and trimmed to the mask, with what one picture tells of the clothes."""

    name = "body after mask refit"

    def __init__(self, resolution: int) -> None:
        self._resolution = resolution

    def reconstruct(self, sight: Sight) -> Reconstruction:
        field = BodyField(sight.body, sight.view, _small_mask(sight), clothes_of(sight))
        vertices, faces = extract_mesh(sample_field(field, self._resolution))
        return Reconstruction(vertices, faces, colours_of(sight, vertices, faces, field.dressed))


def dressed_body(sight: Sight) -> Float:
    """(V, 3) canonical: the body with clothes as thick as the mask says."""
    return dress(sight.body, sight.view, MaskField.of(_small_mask(sight)), clothes_of(sight))


def colours_of(sight: Sight, vertices: Float, faces: Indices, dressed: Float) -> Picture:
    """(N, 3) uint8 RGB for a mesh, canonical, as Restage paints it: from the picture where that shows the surface,
    elsewhere what the picture tells about the body, `dressed` (V, 3) canonical."""
    placed, body = sight.view.to_world(vertices).astype(np.float32), sight.view.to_world(dressed).astype(np.float32)
    return painted_alone(placed, faces, body, sight.photograph, sight.view.camera)


def painted_alone(vertices: Float, faces: Indices, dressed: Float, photograph: Photograph, camera: Camera) -> Picture:
    """(N, 3) uint8 RGB for a mesh (N, 3), by one picture alone; dressed: (V, 3) the body in its clothes. All in world
    space."""
    colours, *_ = gather_colours([Glimpse.of(dressed, photograph, camera)])
    return paint(vertices, faces, photograph, camera, known_at(vertices, faces, dressed, Regions.of(colours)))


def resized(picture: Picture | Float, size: int) -> npt.NDArray[Any]:
    """A square picture or mask of the crop in another size, averaged."""
    import cv2

    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)


def _small_mask(sight: Sight) -> Float:
    return resized(sight.mask, MASK_SIZE).astype(np.float32)


def clothes_of(sight: Sight) -> Float:
    return measure_clothing([(sight.body, sight.view, MaskField.of(_small_mask(sight)))])

"""The clothing stage, and the surface of one frame."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..arrays import CLOTHING, read_arrays
from ..events import Events, progress
from ..frame import ClipReader
from ..job import Job, atomic_write
from ..spaces import CanonicalView
from .body_field import BodyField
from .clothing import dress, measure_clothing
from .grid import sample_field
from .mesh import Faces, Vertices, extract_mesh
from .silhouette import MaskField

STAGE = "clothing"
# Pixels of the crop's mask: about 1 cm on a standing person, finer than the network that made it sees.
MASK_SIZE = 256
# The clothes of a clip are measured in this many frames, spread over it.
SAMPLES = 32

Array = npt.NDArray[np.float32]


def sample_frames(numbers: list[int], count: int = SAMPLES) -> list[int]:
    """At most `count` of the numbers, evenly spread."""
    return [numbers[int(row)] for row in np.unique(np.linspace(0, len(numbers) - 1, count).round())]


def run_clothing(job: Job, events: Events) -> None:
    """Write `body/clothing.npz`: thickness (V,) float32, metres, of clothes and hair over the body."""
    reader = ClipReader(job)
    numbers = sample_frames(reader.telling(reader.numbers))

    def measured() -> Iterator[tuple[Array, CanonicalView, MaskField]]:
        for number in progress(numbers, events, STAGE):
            view = reader.view(number)
            body = view.from_world(reader.body(number)).astype(np.float32)
            yield body, view, MaskField.of(reader.crop_mask(number, MASK_SIZE))

    with atomic_write(job.clothing_path) as stream:
        np.savez(stream, thickness=measure_clothing(measured()))


def read_clothing(job: Job) -> Array:
    """(V,) float32 metres, what run_clothing wrote."""
    return read_arrays(job.clothing_path, CLOTHING)["thickness"]


def dressed_body(reader: ClipReader, number: int, thickness: Array) -> Array:
    """(V, 3) world metres: the body of a frame with the clip's clothes, fitted to the frame's mask."""
    view = reader.view(number)
    body = view.from_world(reader.body(number)).astype(np.float32)
    mask = MaskField.of(reader.crop_mask(number, MASK_SIZE))
    return view.to_world(dress(body, view, mask, thickness, reader.hands_shown(number))).astype(np.float32)


def surface_of(reader: ClipReader, number: int, thickness: Array, resolution: int) -> tuple[Vertices, Faces, Array]:
    """The closed surface of a frame: (V, 3) world metres and (T, 3) faces; and the dressed body it came from,
    world metres, in the body model's topology.

    Raises RestageError `surface_empty` when mask and body have nothing in common.
    """
    view = reader.view(number)
    body = view.from_world(reader.body(number)).astype(np.float32)
    field = BodyField(body, view, reader.crop_mask(number, MASK_SIZE), thickness, reader.hands_shown(number))
    vertices, faces = extract_mesh(sample_field(field, resolution))
    dressed = view.to_world(field.dressed).astype(np.float32)
    return view.to_world(vertices).astype(np.float32), faces, dressed

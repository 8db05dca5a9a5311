"""The colours stage: what the clip as a whole knows of the person's colours."""

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ..arrays import COLOURS, LIGHT, read_arrays
from ..body.model import BodyModel
from ..events import Events, progress
from ..face.alignment import FaceAlignment
from ..frame import ClipReader
from ..job import Job, atomic_write
from ..parallel import in_order, raised, work_through, worker_count
from ..props.files import Props
from ..render import CameraView, MeshCaster, vertex_normals
from ..surface.folds import folds
from ..surface.sampling import sample
from ..surface.stage import dressed_body, read_clothing, sample_frames
from .body_colours import Glimpse, gather_colours
from .grain import SIZE, clearest, find_grain
from .limbs import trust_in_texels
from .projection import Photograph
from .unwrap import Texels, texels_of

STAGE = "colours"
# Of the person's height: so far around the mask pictures are looked at.
AROUND = 0.1
# Pixels of a crop's side, in which folds are told.
FOLDS_SIZE = 512

Float = npt.NDArray[np.float32]


def photograph_of(reader: ClipReader, number: int) -> Photograph:
    """A frame's picture, ready to be asked for colours; of large ones the part around the person."""
    height = reader.crops[number].side * 0.8
    mask, covered = reader.mask(number), reader.covered(number)
    rows, columns = (
        _around(np.flatnonzero(mask.any(axis=axis)), round(AROUND * height), mask.shape[1 - axis]) for axis in (1, 0)
    )
    covered = None if covered is None else covered[rows, columns]
    corner = columns.start, rows.start
    return Photograph.of(reader.picture(number)[rows, columns], mask[rows, columns], height, covered, corner)


def aligned_photograph(
    reader: ClipReader, number: int, faces: FaceAlignment, vertices: Float, expressive: bool = False
) -> Photograph:
    """The same with its face where the posed body has it, vertices (V, 3) world metres: else a nose that is seen a
    centimetre beside the body's is printed on a cheek. expressive: see FaceAlignment."""
    found = photograph_of(reader, number)
    camera = found.taken_by(reader.camera)
    picture = faces.aligned(number, found.picture, vertices, camera, found.corner, expressive)
    return replace(found, picture=picture)


def _around(shown: npt.NDArray[np.intp], margin: int, size: int) -> slice:
    """From the first to the last of the numbers that are shown, and so much around; all of `size` where none is. Even
    ends, so that pictures of half the size have the same pixels."""
    if len(shown) == 0:
        return slice(0, size)
    return slice(max(0, int(shown[0]) - margin) // 2 * 2, min(size, (int(shown[-1]) + margin) // 2 * 2 + 2))


class GlimpseWork:
    """Looks at frames of a job, whose things count as hiding what is behind them."""

    def __init__(self, job: Job) -> None:
        self._reader, self._thickness = ClipReader(job, Props.read(job)), read_clothing(job)
        self._faces = FaceAlignment.of(job)

    def __call__(self, number: int) -> Glimpse:
        """What the frame shows of the dressed body."""
        reader = self._reader
        dressed = dressed_body(reader, number, self._thickness)
        return Glimpse.of(dressed, aligned_photograph(reader, number, self._faces, dressed), reader.camera)

    def texels(self, number: int, texels: Texels) -> tuple[Float, Float]:
        """What the frame shows of the dressed body's texels: (N, 4) colours 0-255 and metres that folds rise, and (N,)
        how far they are trusted."""
        reader, triangles = self._reader, BodyModel.load().triangles
        dressed, photograph = dressed_body(reader, number, self._thickness), photograph_of(reader, number)
        surface = np.hstack([dressed, vertex_normals(dressed, triangles)])
        places, normals = np.hsplit(texels.interpolate(surface), 2)
        caster = MeshCaster(dressed, triangles)
        trust = trust_in_texels(places, normals, caster, reader.camera, photograph)
        colours = photograph.colours(reader.camera.project(places))
        return np.hstack([colours, self._folds(number, places)]), trust

    def _folds(self, number: int, places: Float) -> Float:
        """(N, 1) metres that folds rise at places (N, 3), world."""
        reader, size = self._reader, FOLDS_SIZE
        height = folds(reader.crop_picture(number, size), reader.crop_mask(number, size))
        x, y = (CameraView(reader.camera, size, size, reader.crops[number]).pixels(places) - 0.5).T[:, :, None]
        return sample(height, x, y) * np.float32(reader.view(number).metres_per_unit)


def run_colours(job: Job, events: Events) -> None:
    """Write `body/colours.npz`: colours (V, 3) float32, 0-255, of the body's vertices, and (V,) whether the clip shows
    them; `body/light.npz`: (V, 1) how bright light makes them; and of grain.py `body/grain.npz`: (SIZE, SIZE, 3) int8,
    and `body/relief.npz`: (SIZE, SIZE) float16 metres."""
    reader = ClipReader(job)
    samples = sample_frames(reader.telling(reader.numbers))
    workers = worker_count(job.record.settings.workers, len(samples))
    looking = in_order(raised(work_through(partial(GlimpseWork, job), samples, workers)), samples)
    glimpses = list(progress(looking, events, STAGE, len(samples)))
    colours, known, light = gather_colours(glimpses)
    look, texels = GlimpseWork(job), texels_of(SIZE)
    clear = [samples[row] for row in clearest([glimpse.weight for glimpse in glimpses])]
    grain = find_grain(texels, (look.texels(number, texels) for number in clear), colours)
    with atomic_write(job.light_path) as stream:
        np.savez(stream, light=light)
    with atomic_write(job.grain_path) as stream:
        np.savez_compressed(stream, grain=grain.picture.round().astype(np.int8))
    with atomic_write(job.relief_path) as stream:
        np.savez_compressed(stream, relief=grain.relief.astype(np.float16))
    with atomic_write(job.colours_path) as stream:
        np.savez(stream, colours=colours, known=known)


def read_colours(job: Job) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """What run_colours wrote: colours (V, 3), and which of them the clip shows, (V,)."""
    values = read_arrays(job.colours_path, COLOURS)
    return values["colours"], values["known"]


def read_light(job: Job) -> npt.NDArray[np.float32]:
    """(V, 1) by how much the clip's light makes the body's vertices brighter than their colours; 1 in jobs of versions
    that did not tell."""
    if not job.light_path.is_file():
        return np.ones((len(BodyModel.load().parts), 1), np.float32)
    return read_arrays(job.light_path, LIGHT)["light"]

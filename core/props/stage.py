"""The props stage: what the masks have of things, found once for the whole clip."""

from functools import partial, reduce

import numpy as np
import numpy.typing as npt

from ..events import Events, progress
from ..frame import ClipReader
from ..job import Job
from ..parallel import in_order, raised, work_through, worker_count
from ..person.cut import cut_mask, cut_picture
from ..render.hits import Hits
from ..render.raycast import MeshCaster
from ..spaces import CROP_SIZE
from ..surface.clothing import aligned
from ..surface.silhouette import MaskField, inflate
from ..surface.stage import read_clothing, sample_frames
from ..texture.body_colours import Glimpse
from ..texture.stage import photograph_of
from .bite import find_bite
from .files import write_props
from .find import find_thing
from .lost import LIMBS, find_lost
from .memory import Look, Memory, known_things
from .palette import Palette
from .thing import SIZE, Thing, joined

Array = npt.NDArray[np.float32]

STAGE = "props"
# With fewer frames the clip's memory of the person is of the thing as well.
FEWEST = 4


class FirstLookWork:
    """Looks at frames of a job before anything is known of its things."""

    def __init__(self, job: Job) -> None:
        self._reader, self._thickness = ClipReader(job), read_clothing(job)

    def __call__(self, number: int) -> Look:
        """What the frame shows."""
        reader = self._reader
        dressed = _dressed(reader, number, self._thickness)
        crop = reader.crops[number]
        places = (crop.from_image(reader.camera.project(dressed)) * SIZE / CROP_SIZE).astype(np.int32)
        glimpse = Glimpse.of(dressed, photograph_of(reader, number), reader.camera)
        return Look(*_crop(reader, number, dressed), glimpse, np.clip(places, 0, SIZE - 1))


class SearchWork:
    """Looks for things in frames of a job by what the clip knows of the person and of them."""

    def __init__(self, job: Job, memory: Memory, palette: Palette) -> None:
        self._reader, self._thickness = ClipReader(job), read_clothing(job)
        self._memory, self._palette = memory, palette
        self._limbs = self._reader.model.of_parts(*LIMBS)

    def __call__(self, number: int) -> Thing | None:
        """The thing of the frame, and what its mask lacks."""
        picture, mask, hits = _crop(self._reader, number, _dressed(self._reader, number, self._thickness))
        colours, skin = self._memory.colours, self._memory.skin
        found = [
            find_thing(picture, mask, hits, colours, skin, self._palette),
            find_bite(picture, mask, hits, self._palette),
            find_lost(picture, mask, hits, self._limbs, colours, skin),
        ]
        return reduce(joined, found)


def run_props(job: Job, events: Events) -> None:
    """Write `body/props.npz` (files.py). Masks that the user gave stay as they are."""
    numbers = ClipReader(job).numbers
    samples = sample_frames(numbers)
    things: dict[int, Thing] = {}
    if len(samples) >= FEWEST and not job.record.settings.masks:
        workers = worker_count(job.record.settings.workers, len(numbers))
        count = len(samples) + len(numbers)
        looking = in_order(raised(work_through(partial(FirstLookWork, job), samples, workers)), samples)
        memory, palette = known_things(list(progress(looking, events, STAGE, count)))
        searching = raised(work_through(partial(SearchWork, job, memory, palette), numbers, workers))
        found = progress(searching, events, STAGE, count, len(samples))
        things = {number: thing for number, thing in found if thing is not None}
    write_props(job, things)


def _dressed(reader: ClipReader, number: int, thickness: Array) -> Array:
    """(V, 3) world metres: a frame's body in the clip's clothes. Not fitted to the frame's outline, as dressed_body
    does it: that may be the thing's."""
    view, mask = reader.view(number), reader.crop_mask(number, SIZE)
    posed = aligned(view.from_world(reader.body(number)).astype(np.float32), view, MaskField.of(mask))
    return view.to_world(inflate(posed, thickness / np.float32(view.metres_per_unit))).astype(np.float32)


def _crop(reader: ClipReader, number: int, dressed: Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_], Hits]:
    """A frame's crop (SIZE, SIZE, 3), where it shows the person (SIZE, SIZE), and the dressed body in it."""
    import cv2

    crop, camera = reader.crops[number], reader.camera
    hits = MeshCaster(dressed, reader.model.triangles).render(camera, SIZE, SIZE, crop)
    cut = cut_picture(reader.picture(number), crop)
    picture = cv2.resize(cut, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    framed = cut_mask(np.ones((camera.height, camera.width), np.float32), crop, SIZE) > 0.99
    return picture, (reader.crop_mask(number, SIZE) > 0.5) & framed, hits

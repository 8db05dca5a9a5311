"""The props stage: what the masks have of things, found once for the whole clip."""

from functools import partial

import numpy as np
import numpy.typing as npt

from ..events import Events, progress
from ..frame import ClipReader
from ..job import Job
from ..parallel import raised, work_through, worker_count
from ..person.cut import cut_mask, cut_picture
from ..render.hits import Hits
from ..render.raycast import MeshCaster
from ..surface.clothing import aligned
from ..surface.silhouette import MaskField, inflate
from ..surface.stage import read_clothing, sample_frames
from ..texture.stage import read_colours
from .bite import find_bite
from .files import write_props
from .find import SIZE, Thing, find_thing, palette_of

Array = npt.NDArray[np.float32]

STAGE = "props"
# With fewer frames the clip's memory of the person is of the thing as well.
FEWEST = 8


class LookWork:
    """Looks for things in frames of a job. palette: which colours they have, as palette_of gives it, once that is
    known; largest: pixels of the largest of them."""

    def __init__(self, job: Job, palette: Array | None = None, largest: int = 0) -> None:
        self._reader, self._palette, self._largest = ClipReader(job), palette, largest
        self._thickness = read_clothing(job)
        colours, known = read_colours(job)
        self._memory = np.concatenate([colours, known[:, None]], axis=1).astype(np.float32)
        hands = known & self._reader.model.of_parts("hand")
        self._skin = np.median(colours[hands], axis=0) if hands.any() else None

    def __call__(self, number: int) -> tuple[npt.NDArray[np.uint8], Thing | None]:
        """The frame's crop (SIZE, SIZE, 3), and the thing in it."""
        picture, mask, hits = _dressed(self._reader, number, self._thickness)
        thing = find_thing(picture, mask, hits, self._memory, self._skin, self._palette)
        if self._palette is not None:
            bite = find_bite(picture, mask, hits, self._palette, self._largest)
            thing = bite if thing is None else thing.joined(bite)
        return picture, thing


def run_props(job: Job, events: Events) -> None:
    """Write `body/props.npz` (files.py). Masks that the user gave stay as they are."""
    numbers = ClipReader(job).numbers
    samples = sample_frames(numbers)
    things: dict[int, Thing] = {}
    if len(samples) >= FEWEST and not job.record.settings.masks:
        workers = worker_count(job.record.settings.workers, len(numbers))
        # What is certain in some frames says which colours things have in the others.
        first = dict(raised(work_through(partial(LookWork, job), samples, workers)))
        certain = [(picture, thing) for picture, thing in (first[number] for number in samples) if thing is not None]
        palette = palette_of([picture for picture, _ in certain], [thing for _, thing in certain])
        largest = max((int(thing.seen.sum()) for _, thing in certain), default=0)
        looking = raised(work_through(partial(LookWork, job, palette, largest), numbers, workers))
        for number, (_, thing) in progress(looking, events, STAGE, len(numbers)):
            if thing is not None:
                things[number] = thing
    write_props(job, {number: things[number] for number in sorted(things)})


def _dressed(
    reader: ClipReader, number: int, thickness: Array
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_], Hits]:
    """A frame's crop (SIZE, SIZE, 3), where it shows the person (SIZE, SIZE), and the dressed body in it."""
    import cv2

    view, crop, camera = reader.view(number), reader.crops[number], reader.camera
    mask = reader.crop_mask(number, SIZE)
    posed = aligned(view.from_world(reader.body(number)).astype(np.float32), view, MaskField.of(mask))
    # Not to the frame's outline, as dressed_body does: that may be the thing's.
    dressed = view.to_world(inflate(posed, thickness / np.float32(view.metres_per_unit)))
    hits = MeshCaster(dressed, reader.model.triangles).render(camera, SIZE, SIZE, crop)
    cut = cut_picture(reader.picture(number), crop)
    picture = cv2.resize(cut, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    framed = cut_mask(np.ones((camera.height, camera.width), np.float32), crop, SIZE) > 0.99
    return picture, (mask > 0.5) & framed, hits

"""The props stage: what the masks have of things, found once for the whole clip."""

import numpy as np
import numpy.typing as npt

from ..events import Events, progress
from ..frame import ClipReader
from ..job import Job
from ..person.cut import cut_mask, cut_picture
from ..render.hits import Hits
from ..render.raycast import MeshCaster
from ..surface.clothing import aligned
from ..surface.silhouette import MaskField, inflate
from ..surface.stage import read_clothing, sample_frames
from ..texture.stage import read_colours
from .files import write_props
from .find import SIZE, Thing, find_thing, palette_of

Array = npt.NDArray[np.float32]

STAGE = "props"
# With fewer frames the clip's memory of the person is of the thing as well.
FEWEST = 8


def run_props(job: Job, events: Events) -> None:
    """Write `body/props.npz` (files.py). Masks that the user gave stay as they are."""
    reader = ClipReader(job)
    things: dict[int, Thing] = {}
    if len(sample_frames(reader.numbers)) >= FEWEST and not job.record.settings.masks:
        thickness = read_clothing(job)
        colours, known = read_colours(job)
        memory = np.concatenate([colours, known[:, None]], axis=1).astype(np.float32)
        hands = known & (reader.model.parts == reader.model.part_names.index("hand"))
        skin = np.median(colours[hands], axis=0) if hands.any() else None

        def look(number: int, palette: Array | None) -> tuple[npt.NDArray[np.uint8], Thing | None]:
            picture, mask, hits = _dressed(reader, number, thickness)
            return picture, find_thing(picture, mask, hits, memory, skin, palette)

        # What is certain in some frames says which colours things have in the others.
        first = [look(number, None) for number in sample_frames(reader.numbers)]
        certain = [(picture, thing) for picture, thing in first if thing is not None]
        palette = palette_of([picture for picture, _ in certain], [thing for _, thing in certain])
        for number in progress(reader.numbers, events, STAGE):
            _, thing = look(number, palette)
            if thing is not None:
                things[number] = thing
    write_props(job, things)


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

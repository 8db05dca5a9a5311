"""The props stage: what the masks have of things, found once for the whole clip."""

import numpy as np
import numpy.typing as npt

from ..events import Events, progress
from ..frame import ClipReader
from ..job import Job
from ..person.cut import cut_mask, cut_picture
from ..render.raycast import MeshCaster
from ..surface.clothing import aligned
from ..surface.silhouette import MaskField, inflate
from ..surface.stage import read_clothing, sample_frames
from ..texture.stage import read_colours
from .files import write_props
from .find import SIZE, Thing, find_thing

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
        for number in progress(reader.numbers, events, STAGE):
            thing = _thing(reader, number, thickness, memory, skin)
            if thing is not None:
                things[number] = thing
    write_props(job, things)


def _thing(reader: ClipReader, number: int, thickness: Array, memory: Array, skin: Array | None) -> Thing | None:
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
    return find_thing(picture, (mask > 0.5) & framed, hits, memory, skin)

"""The stage `person` for a folder of pictures with masks: nothing is looked for, everything is given."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from ..events import Events, progress
from ..job import LOSSLESS, Job
from ..picture import read_mask, read_picture, write_mask, write_png
from ..settings import frame_range
from ..source import MaskedImage, list_images
from ..spaces import CROP_SIZE, Crop
from .cut import cut_picture
from .grabcut import refine_by_grabcut
from .keypoints import write_keypoints
from .landmarker import PoseLandmarker
from .openpose import read_body_25
from .track import Track
from .track_files import STAGE, write_track

# The pictures are single ones; in Blender they follow each other at its usual rate unless another is asked for.
FRAME_RATE = 24.0
# Longer than the landmarker follows anybody, so that it looks at every picture by itself.
SECONDS_APART = 1000.0
# Side of the square around a person against the mask's height, where a picture is no square yet: as
# human-video-reconstruction cuts it, so that the person is as large as the network is used to.
SQUARE_SHARE = 1.138
WHOLE = Crop((CROP_SIZE / 2, CROP_SIZE / 2), float(CROP_SIZE))

Bytes = npt.NDArray[np.uint8]


def fill_from_images(job: Job, folder: Path, events: Events) -> None:
    """Fill `clip/`, `person/` and the record from the pictures of a folder (core.source.list_images).

    Every picture becomes a square of CROP_SIZE pixels, kept without loss; one that is such a square stays as it is.
    Landmarks are looked for only where there is no file of keypoints. Raises RestageError `images_missing`,
    `no_frames`, `mask_unfit`, `keypoints_unreadable` and `no_person`.
    """
    everything = list_images(folder)
    numbers = list(range(len(everything)))[frame_range(job.record.settings.frames)]
    if not numbers:
        raise RestageError(
            "no_frames",
            f"The frame range '{job.record.settings.frames}' selects none of the {len(everything)} pictures of"
            f" {folder.name}. Choose a range inside them.",
        )
    rate = job.record.settings.rate or FRAME_RATE
    images = [everything[number] for number in numbers]
    job.record.clip = {
        "width": CROP_SIZE,
        "height": CROP_SIZE,
        "frame_rate": rate,
        "frame_count": len(images),
        "pictures": LOSSLESS,
        "names": {f"{number:06d}": image.name for number, image in zip(numbers, images, strict=True)},
    }
    track = _empty_track(numbers, rate)
    joints = {}
    with PoseLandmarker() as landmarker:
        for row, image in enumerate(progress(images, events, STAGE)):
            number = numbers[row]
            picture, mask, crop = _read_square(image)
            if job.record.settings.refine_masks:
                mask = _refined(mask, picture)
            write_png(job.picture_path(number), picture)
            write_mask(job.mask_path(number), mask)
            track.found[row] = bool((mask > 127).any())
            if image.keypoints is not None:
                found = read_body_25(image.keypoints)
                joints[number] = np.concatenate([crop.from_image(found[:, :2]), found[:, 2:]], axis=1)
            elif pose := landmarker.find(picture, row * SECONDS_APART):
                track.image[row], track.visibility[row], track.world[row] = pose.image, pose.visibility, pose.world
    if not track.found.any():
        raise RestageError(
            "no_person", f"All masks in {folder.name} are empty. Make masks that are white where the person is."
        )
    write_track(job, track, dict.fromkeys(np.array(numbers)[track.found].tolist(), WHOLE))
    write_keypoints(job, joints)


def _empty_track(numbers: Sequence[int], rate: float) -> Track:
    """Every picture a moment of its own, with landmarks that are nowhere to be seen."""
    count = len(numbers)
    return Track(
        numbers=np.array(numbers, np.int32),
        times=np.array(numbers) / rate,
        image=np.zeros((count, 33, 2)),
        visibility=np.zeros((count, 33)),
        world=np.zeros((count, 33, 3)),
        found=np.zeros(count, bool),
        held=np.zeros(count, bool),
    )


def _refined(mask: Bytes, picture: Bytes) -> Bytes:
    rows, columns = np.flatnonzero((mask > 127).any(axis=1)), np.flatnonzero((mask > 127).any(axis=0))
    size = float(max(np.ptp(rows), np.ptp(columns))) if len(rows) else 0.0
    return np.round(refine_by_grabcut(mask.astype(np.float32) / 255, picture, size) * 255).astype(np.uint8)


def _read_square(image: MaskedImage) -> tuple[Bytes, Bytes, Crop]:
    """Picture and mask as squares of CROP_SIZE, and where in the file's picture they were cut."""
    picture, mask = read_picture(image.picture), read_mask(image.mask)
    height, width = mask.shape
    if picture.shape[:2] != mask.shape:
        raise RestageError(
            "mask_unfit",
            f"{image.mask.name} is {width} x {height} pixels and its picture {picture.shape[1]} x {picture.shape[0]}."
            " Make the mask as large as the picture.",
        )
    rows, columns = np.flatnonzero((mask > 127).any(axis=1)), np.flatnonzero((mask > 127).any(axis=0))
    crop = Crop((width / 2, height / 2), float(max(width, height)))
    if width != height and len(rows):
        centre = ((columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2)
        extent = max(rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0])
        crop = Crop((float(centre[0]), float(centre[1])), float(extent) * SQUARE_SHARE)
    if (width, height) == (CROP_SIZE, CROP_SIZE):
        return picture, mask, crop
    return cut_picture(picture, crop), cut_picture(mask, crop), crop

"""What the person stage writes of a track: landmarks, crops, and what became of every frame."""

import json

import numpy as np

from ..job import HELD, NO_PERSON, OK, FrameRecord, Job, atomic_write
from ..spaces import Crop
from .track import Track

STAGE = "person"
HELD_REASON = "not seen; filled from the frames around it"


def write_track(job: Job, track: Track, crops: dict[int, Crop]) -> None:
    """Write `person/landmarks.npz` and `person/crops.json`, and fill the record's frames."""
    rows = np.flatnonzero(track.present)
    with atomic_write(job.landmarks_path) as stream:
        np.savez(
            stream,
            frames=track.numbers[rows],
            times=track.times[rows],
            image=track.image[rows].astype(np.float32),
            visibility=track.visibility[rows].astype(np.float32),
            world=track.world[rows].astype(np.float32),
            held=track.held[rows],
        )
    values = {f"{number:06d}": {"centre": list(crop.centre), "side": crop.side} for number, crop in crops.items()}
    with atomic_write(job.crops_path) as stream:
        stream.write((json.dumps(values, indent=1) + "\n").encode())
    job.record.frames = {
        int(number): FrameRecord(float(time), *_status(track, row))
        for row, (number, time) in enumerate(zip(track.numbers, track.times, strict=True))
    }


def _status(track: Track, row: int) -> tuple[str, str]:
    if track.found[row]:
        return OK, ""
    if track.held[row]:
        return HELD, HELD_REASON
    return NO_PERSON, "no person was seen"

"""Where a camera went that travels: from points of the background, up to the path's size.

The size comes later, from the person (core.body.travel). A path is only believed where everything speaks for it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import unreadable
from ..camera_file import read_camera
from ..job import Job
from .camera_turns import SIDE, rows_of, through_lens
from .reversal import reversed_cost
from .structure import Structure, locate
from .tracks import Tracks
from .travel import key_pictures, names_of, parted, table

Floats = npt.NDArray[np.float64]

# Focal lengths against the picture's longer side, from a phone's widest to a portrait lens. The path is found with the
# one that explains the pictures best, which only cameras show that also turn: another must be so many times better
# than the one before it to be taken, and neither end is ever believed.
LENSES, FIRST_LENS, BETTER = (0.5, 0.6, 0.72, 0.85, 1.0, 1.2, 1.45, 1.75, 2.1), 4, 0.9
# Pixels of SIDE that points may be off, as a median over everything that is seen.
LARGEST_ERROR = 0.25
# Degrees between the directions that points are seen from, as a median.
LEAST_PARALLAX = 0.8
# How many times worse the mirrored twin must fit.
LEAST_REVERSED = 2.0
# The share of a picture's points that must agree, as a median, and of the frames that must have their place.
LEAST_EXPLAINED, LEAST_KNOWN = 0.7, 0.9


@dataclass(frozen=True)
class CameraPath:
    """numbers: (F,) of the frames; turns: (F, 3, 3) and places: (F, 3), from each frame's camera axes (x right, y up,
    looking along -z) to the first frame's, as a lens as long as the picture's longer side would show them; the length
    is the background's distance."""

    numbers: list[int]
    turns: Floats
    places: Floats


def find_path(background: Tracks) -> CameraPath | None:
    """The path, or None where the background does not say it for certain."""
    keys = key_pictures(background)
    lens, structure = _best_lens(table(background, keys))
    if structure is None or lens in (0, len(LENSES) - 1) or structure.error() > LARGEST_ERROR:
        return None
    # What is explained must show the travel itself: passers-by before a turning camera do not.
    if structure.parallax() < LEAST_PARALLAX or not parted(structure.believed * LENSES[lens]):
        return None
    if reversed_cost(structure) < LEAST_REVERSED:
        return None
    return _every_frame(background, keys, structure, LENSES[lens])


def read_path(job: Job, frames: npt.NDArray[np.integer], focal: float) -> CameraPath | None:
    """The path of these frames with a lens of this focal length, against the picture's longer side; None where the
    camera did not travel or nobody knows how. Raises RestageError `job_unreadable`.

    Through a longer lens the same picture is of something farther away.
    """
    path = job.camera_way_path
    if not path.exists():
        return None
    motion = read_camera(path)
    rows = rows_of(motion, frames, path)
    if motion.places is None:
        raise unreadable(path, "it does not say where the camera was")
    return CameraPath(frames.tolist(), through_lens(motion.turns[rows], focal), motion.places[rows] * [1.0, 1.0, focal])


def _best_lens(seen: Floats) -> tuple[int, Structure | None]:
    """The lens with which pictures (K, T, 2) are explained best, and how: down or up from the first one as long as it
    gets better."""
    built = {lens: _built(seen, lens) for lens in (FIRST_LENS - 1, FIRST_LENS, FIRST_LENS + 1)}
    best = FIRST_LENS
    for step in (-1, 1):
        lens = FIRST_LENS + step
        while 0 <= lens < len(LENSES):
            if lens not in built:
                built[lens] = _built(seen, lens)
            if not built[lens][0] < BETTER * built[best][0]:
                break
            best, lens = lens, lens + step
    return best, built[best][1]


def _built(seen: Floats, lens: int) -> tuple[float, Structure | None]:
    """The error with a lens, pixels, and the structure; infinite and None where there is none."""
    structure = Structure(seen / LENSES[lens], LENSES[lens] * SIDE)
    return (structure.error(), structure) if structure.build() else (np.inf, None)


def _every_frame(background: Tracks, keys: list[int], structure: Structure, focal: float) -> CameraPath | None:
    """Every frame's camera, by what it shows of the points."""
    row_of = {int(name): row for row, name in enumerate(names_of(background, keys))}
    cameras = structure.cameras
    rotation, shift = structure.rotations[cameras[0]], structure.shifts[cameras[0]]
    turns, places, known, explained = [], [], [], []
    for frame, (names, seen) in enumerate(zip(background.names, background.places, strict=True)):
        rows = np.array([row_of.get(int(name), -1) for name in names], int)
        usable = (rows >= 0) & structure.known[rows.clip(0)]
        nearest = cameras[int(np.abs(np.array(keys)[cameras] - frame).argmin())]
        found = None
        for start in ((rotation, shift), (structure.rotations[nearest], structure.shifts[nearest])):
            if found is None and usable.any():
                points = structure.points[rows[usable]]
                found = locate(points, seen[usable].astype(np.float64) / focal, *start, structure.pixels)
        known.append(found is not None)
        if found is not None:
            rotation, shift, agreeing = found
            explained.append(float(agreeing.sum()) / int((rows >= 0).sum()))
        turns.append(rotation.T)
        places.append(-rotation.T @ shift)
    if not known[0] or np.mean(known) < LEAST_KNOWN or np.median(explained) < LEAST_EXPLAINED:
        return None
    turn, place = np.array(turns), _filled(np.array(places), np.array(known))
    flip = np.diag([1.0, -1.0, -1.0])
    depths = (structure.points[structure.known] - place[0]) @ turn[0][:, 2]
    way = (place - place[0]) / float(np.median(np.abs(depths)))
    turned = through_lens(flip @ (turn[0].T @ turn) @ flip, 1 / focal)
    return CameraPath(background.numbers, turned, way @ turn[0] @ flip / [1.0, 1.0, focal])


def _filled(places: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Places (F, 3), those of frames that are not known evenly between their neighbours'."""
    every, good = np.arange(len(known)), np.flatnonzero(known)
    return np.stack([np.interp(every, good, places[good, axis]) for axis in range(3)], axis=1)

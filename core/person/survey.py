"""Looks for everybody in a clip, in a few frames of it: who can be reconstructed, before anybody is."""

import numpy as np

from .cuts import CutFinder
from .dissolves import DissolveFinder
from .landmarker import Pose, PoseFinder
from .people import People, link_people
from .sighting import MOST_DOUBT, SAME_PERSON, Bytes, Floats, Sighting, look_closely, pose_distance, pose_size

# Seconds between two looks; a short clip is looked at so often, a long one at most so often, and no clip more often
# than after SHORTEST_STEP.
LOOK_STEP, FEWEST_LOOKS, MOST_LOOKS, SHORTEST_STEP = 0.5, 6, 60, 0.1
# A tile's side, and how far its neighbour is from it, against the picture's shorter side: a person a quarter as high
# as the picture then fills 0.4 of a tile and lies whole in one of them.
TILE, TILE_STEP = 0.6, 0.3
TILE_SIZE = 256
# Smaller people, against the picture's shorter side, are not worth making.
SMALLEST = 0.12


class Survey:
    """Gets every frame of a clip in order, looks closely at a few.

    seconds: how long the clip is about, 0 when unknown; finder: what it looks with, open as long as frames come.
    """

    def __init__(self, seconds: float, finder: PoseFinder) -> None:
        self._step = max(min(LOOK_STEP, seconds / FEWEST_LOOKS), seconds / MOST_LOOKS, SHORTEST_STEP)
        self._finder = finder
        self._cuts, self._dissolves = CutFinder(), DissolveFinder()
        self._looks: list[tuple[int, float]] = []
        self._sightings: list[Sighting] = []
        self._shape: tuple[int, ...] = (1, 1)

    def add(self, number: int, time: float, picture: Bytes) -> None:
        """Take in the next frame: (H, W, 3) uint8 RGB, at `time` seconds."""
        abrupt = self._cuts.add(number, picture)
        self._dissolves.add(number, picture)
        if abrupt or not self._looks or time - self._looks[-1][1] > self._step - 1e-6:
            self._looks.append((number, time))
            self._sightings += find_everybody(self._finder, picture, number, time)
            self._shape = picture.shape

    def finish(self) -> People:
        """Who was seen in which of the frames."""
        cuts = sorted({*self._cuts.finish(), *self._dissolves.finish()})
        return link_people(self._looks, self._sightings, cuts, self._shape)


def find_everybody(finder: PoseFinder, picture: Bytes, number: int, time: float) -> list[Sighting]:
    """Everybody in a picture (H, W, 3) uint8 RGB, small ones too, the doubtful ones included."""
    smallest = SMALLEST * min(picture.shape[:2])
    found: list[Sighting] = []
    for pose in _candidates(finder, picture):
        if pose_size(pose) < smallest or any(pose_distance(pose, other.image) < SAME_PERSON for other in found):
            continue
        sighting = look_closely(finder, picture, pose, number, time)
        if sighting is None or sighting.size < smallest:
            continue
        twin = next((o for o in found if pose_distance(sighting.image, o.image) < SAME_PERSON), None)
        if twin is None:
            found.append(sighting)
        elif sighting.doubt < twin.doubt:
            found[found.index(twin)] = sighting
    return _without_parts(found)


def _candidates(finder: PoseFinder, picture: Bytes) -> list[Floats]:
    """Landmarks (33, 2) in image pixels of what looks like a person in the whole picture and in its tiles."""
    import cv2

    poses = [pose.image for pose in finder.find(picture)]
    height, width = picture.shape[:2]
    side = max(1, round(TILE * min(height, width)))
    cut: list[Floats] = []
    for top in _tile_starts(height, side):
        for left in _tile_starts(width, side):
            tile = picture[top : top + side, left : left + side]
            tile = cv2.resize(tile, (TILE_SIZE, TILE_SIZE), interpolation=cv2.INTER_AREA)
            for pose in finder.find(np.asarray(tile, np.uint8)):
                image = (pose.image * (side / TILE_SIZE) + np.array([left, top])).astype(np.float32)
                # Who leaves the tile is guessed there, and seen better elsewhere.
                (poses if _inside(pose) else cut).append(image)
    return poses + cut


def _tile_starts(length: int, side: int) -> list[int]:
    count = 1 + int(np.ceil((length - side) / (TILE_STEP / TILE * side) - 1e-6))
    return [int(start) for start in np.linspace(0, length - side, max(1, count))]


def _inside(pose: Pose) -> bool:
    return bool(((pose.image >= 0) & (pose.image <= TILE_SIZE)).all())


def _without_parts(found: list[Sighting]) -> list[Sighting]:
    """Drop what was found within somebody else, much smaller and less sure: an arm or a leg taken for a person."""
    return [
        sighting
        for sighting in found
        if not any(
            sighting.size < 0.7 * other.size and sighting.doubt > other.doubt and _share_within(sighting, other) > 0.7
            for other in found
            if other.doubt < MOST_DOUBT
        )
    ]


def _share_within(sighting: Sighting, other: Sighting) -> float:
    """Which share of a sighting's box lies in another's."""
    low, high = np.maximum(sighting.box[:2], other.box[:2]), np.minimum(sighting.box[2:], other.box[2:])
    area = np.prod(np.maximum(sighting.box[2:] - sighting.box[:2], 1.0))
    return float(np.prod(np.clip(high - low, 0.0, None)) / area)

"""Follows one person through the pictures of a clip, in a square that goes along with them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..spaces import Crop
from .clothes import clothes_colours, clothes_distance
from .landmarker import LONGEST_SIDE, Pose, PoseFinder
from .people import SAME_CLOTHES, Person
from .second_look import looked_again
from .sighting import LOOK_SHARE, LOOK_SIZE, Bytes, Floats, cut_square, place_pose, pose_distance, square_around
from .track import Track

# How far landmarks may be from where they were, in the person's sizes: at once, and more for each second.
STEP, STEP_PER_SECOND = 0.3, 1.5
# Seconds after which a person who is not seen any more is not looked for, until the survey saw them again.
LOST = 0.6
# Where nobody is found in the usual square, a closer and a wider one are tried.
OTHER_SHARES = (1.15, 2.4)
# Sightings further apart (seconds) say nothing about the time between them.
LONGEST_STEP = 1.6
# How well the ordinary track must agree with the sightings, in the person's sizes and as a share of its frames.
AGREEMENT, COVERAGE = 0.3, 0.9

FollowedPose = tuple[int, Pose]


def is_already_followed(track: Track, person: Person, others: Sequence[Person], looks: Sequence[int]) -> bool:
    """Whether `track`, of somebody who was followed without a choice, is this person's from beginning to end.

    looks: numbers of the frames that were looked at for people.
    """
    rows = {int(number): row for row, number in enumerate(track.numbers)}
    seen = {sighting.number: sighting for sighting in person.sightings}
    first, last = rows[person.sightings[0].number], rows[person.sightings[-1].number]
    for number in looks:
        row = rows[number]
        if number not in seen:
            if track.found[row] and not first < row < last:
                return False
            continue
        if not track.found[row] or pose_distance(track.image[row].astype(np.float32), seen[number].image) > AGREEMENT:
            return False
        if any(
            _overlap(seen[number].box, sighting.box)
            for p in others
            for sighting in p.sightings
            if sighting.number == number
        ):
            return False
    return float(track.found[first : last + 1].mean()) >= COVERAGE


class Follower:
    """Finds one person in frame after frame, among others. All rows are those of `numbers` and `times`."""

    def __init__(
        self,
        finder: PoseFinder,
        read: Callable[[int], Bytes],
        numbers: npt.NDArray[np.int32],
        times: npt.NDArray[np.float64],
        person: Person,
        others: Sequence[Person],
    ) -> None:
        """read: gives the picture of a frame number, (H, W, 3) uint8 RGB."""
        self._finder, self._read, self._numbers, self._times = finder, read, numbers, times
        self._person, self._others = person, others
        self._clothes = person.clothes
        self._sightings = {sighting.number: sighting.image for sighting in person.sightings}
        self._scale = LOOK_SIZE / LOOK_SHARE / float(np.median([sighting.size for sighting in person.sightings]))
        self._found: dict[int, Floats] = {}

    def follow(self) -> Iterator[FollowedPose]:
        """(row, pose) wherever the person is found, in no order; masks show the whole picture, at a size at
        which the person has as many pixels as the network saw.

        Forwards from every sighting, then backwards, so that frames before a sighting are found as well.
        """
        inside = self._numbers >= self._person.first
        if self._person.last is not None:
            inside &= self._numbers < self._person.last
        rows = [int(row) for row in np.flatnonzero(inside)]
        yield from self._sweep(rows)
        yield from self._sweep(rows[::-1])

    def _sweep(self, rows: Sequence[int]) -> Iterator[FollowedPose]:
        last: Floats | None = None
        seen = 0.0
        for row in rows:
            number, time = int(self._numbers[row]), float(self._times[row])
            known = self._found.get(row)
            if known is None:
                known = self._sightings.get(number)
            if known is not None:
                last, seen = known, time
            if row in self._found or last is None or abs(time - seen) > LOST:
                continue
            pose = self._find(number, time, last, abs(time - seen))
            if pose is not None:
                self._found[row] = pose.image
                last, seen = pose.image, time
                yield row, pose

    def _find(self, number: int, time: float, expected: Floats, seconds: float) -> Pose | None:
        picture = self._read(number)
        elsewhere = [image for other in self._others if (image := _between_sightings(other, time)) is not None]
        for share in (LOOK_SHARE, *OTHER_SHARES):
            square = square_around(expected, share)
            cut = cut_square(picture, square)
            best, cost = None, np.inf
            for pose in self._finder.find(cut):
                placed = place_pose(pose, square)
                away = pose_distance(placed.image, expected)
                clothes = clothes_distance(clothes_colours(cut, pose.mask, pose.image), self._clothes)
                if away > STEP + STEP_PER_SECOND * seconds or clothes > SAME_CLOTHES:
                    continue
                if any(pose_distance(placed.image, image) < away for image in elsewhere):
                    continue
                if away + clothes < cost:
                    best, cost = pose, away + clothes
            if best is not None:
                best = place_pose(looked_again(self._finder, cut, best), square)
                return replace(best, mask=self._paste(best.mask, square, picture.shape))
        return None

    def _paste(self, mask: Floats, square: Crop, shape: tuple[int, ...]) -> Floats:
        """A square's mask as part of a mask of the whole picture, never larger than the picture."""
        import cv2

        scale = min(1.0, max(self._scale, LONGEST_SIDE / max(shape[:2])))
        height, width = (max(1, round(length * scale)) for length in shape[:2])
        matrix = cv2.invertAffineTransform(square.affine(LOOK_SIZE)) * scale
        matrix[:, 2] += (scale - 1.0) / 2
        return np.asarray(cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR), np.float32)


def _between_sightings(person: Person, time: float) -> Floats | None:
    """Where somebody is at a time, (33, 2), from the sightings before and after it; None where these are far."""
    times = np.array([sighting.time for sighting in person.sightings])
    after = int(np.searchsorted(times, time))
    near = [row for row in (after - 1, after) if 0 <= row < len(times) and abs(times[row] - time) < LONGEST_STEP]
    if not near:
        return None
    first, last = person.sightings[near[0]], person.sightings[near[-1]]
    share = (time - first.time) / (last.time - first.time) if last.time > first.time else 0.0
    return ((1 - share) * first.image + share * last.image).astype(np.float32)


def _overlap(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> bool:
    return bool((np.minimum(first[2:], second[2:]) > np.maximum(first[:2], second[:2])).all())

"""One person's landmarks over the whole clip: repaired, filled over short gaps, smoothed without lag."""

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .flips import ARMS, LEGS, renamed_limbs
from .landmarker import LANDMARK_COUNT, Pose
from .mirrored import MIRRORED

# Gaps up to this long (seconds) are filled from both sides.
LONGEST_GAP = 0.5
# Reach of the smoothing in time (seconds, one standard deviation) for the steadiness 1.
SMOOTHING = 0.04
# Neighbours further away than this (seconds) say nothing about a frame: .15, and a hair for how times are rounded.
NEIGHBOUR_REACH = 0.151
# From the nose to the ankles, without the face and the ends of hands and feet.
JOINTS = [0, *range(11, 17), *range(23, 29)]
# Degrees that shoulders can turn against hips, generously. Seen in 600 frames of people: at most 39.
MOST_TWIST = 90.0
# What it costs to exchange left and right once, and every second that they are exchanged, in the person's sizes.
EXCHANGE_COST, EXCHANGED_SECOND_COST = 0.05, 0.1
# How much ways in space count beside those in the picture.
WORLD_WEIGHT = 0.5

Floats = npt.NDArray[np.float64]


@dataclass
class Track:
    """The person over the N frames that were read; rows of frames without the person hold NaN.

    numbers: (N,) int32, frame numbers; times: (N,) float64, seconds; image: (N, 33, 2) float64, image pixels;
    visibility: (N, 33) float64, 0-1; world: (N, 33, 3) float64, metres, y up, z towards the camera;
    found: (N,) bool, seen by the network; held: (N,) bool, filled from the neighbours.
    """

    numbers: npt.NDArray[np.int32]
    times: Floats
    image: Floats
    visibility: Floats
    world: Floats
    found: npt.NDArray[np.bool_]
    held: npt.NDArray[np.bool_]

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """(N,) bool, frames that show the person: found or held."""
        return self.found | self.held

    def runs(self, chosen: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.intp]]:
        """The rows of the `chosen` frames, (N,) bool, in runs in which one soon follows the other."""
        rows = np.flatnonzero(chosen)
        return np.split(rows, np.flatnonzero(np.diff(self.times[rows]) > NEIGHBOUR_REACH) + 1)

    def of_rows(self, rows: npt.NDArray[np.bool_]) -> "Track":
        """The same of some of the frames, (N,) bool."""
        return Track(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


class TrackBuilder:
    """Collects what the landmarker says, frame by frame."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._times: list[float] = []
        # Only the landmarks: the masks of a long clip would not fit in memory.
        self._poses: list[tuple[npt.NDArray[np.float32], ...] | None] = []

    def add(self, number: int, time: float, pose: Pose | None) -> None:
        """Add the next frame; pose is None where nobody was seen."""
        self._numbers.append(number)
        self._times.append(time)
        self._poses.append(None if pose is None else (pose.image, pose.visibility, pose.world))

    def finish(self, steadiness: float = 1.0) -> Track:
        """The finished track: single wrong frames repaired, short gaps filled, smoothed. steadiness: how long the
        smoothing over time is, 0 for none."""
        count = len(self._numbers)
        track = Track(
            numbers=np.array(self._numbers, np.int32),
            times=np.array(self._times, np.float64),
            image=np.full((count, LANDMARK_COUNT, 2), np.nan),
            visibility=np.full((count, LANDMARK_COUNT), np.nan),
            world=np.full((count, LANDMARK_COUNT, 3), np.nan),
            found=np.array([pose is not None for pose in self._poses], np.bool_),
            held=np.zeros(count, np.bool_),
        )
        for row, pose in enumerate(self._poses):
            if pose is not None:
                track.image[row], track.visibility[row], track.world[row] = pose
        rename_limbs(track)
        drop_twisted(track)
        undo_exchanges(track)
        drop_jumps(track)
        fill_gaps(track)
        smooth(track, SMOOTHING * steadiness)
        return track


def is_cut_off(track: Track, size: npt.NDArray[np.floating]) -> bool:
    """Whether the edge of the picture, of `size` (width, height), cuts off joints in most frames with the person."""
    image = track.image[track.present][:, JOINTS]
    return float(((image < 0) | (image > size)).any(axis=(1, 2)).mean()) > 0.5


def rename_limbs(track: Track) -> None:
    """Give arms, legs or sides of the trunk that carry each other's names for some frames their own, and put limbs that
    lie on each other for a moment where the frames around have them; not across gaps."""
    from scipy.interpolate import interp1d

    rows = np.flatnonzero(track.found)
    apart = np.flatnonzero((np.diff(rows) > 1) | (np.diff(track.times[rows]) > NEIGHBOUR_REACH)) + 1
    for run in np.split(rows, apart):
        swapped, together = renamed_limbs(track.image[run], track.world[run])
        for values in (track.image, track.world):
            values[run] = np.where(swapped[..., None], values[run][:, MIRRORED], values[run])
        track.visibility[run] = np.where(swapped, track.visibility[run][:, MIRRORED], track.visibility[run])
        for limbs in (ARMS, LEGS):
            lost = together[:, limbs[0]]
            for values in (track.image, track.visibility, track.world) if lost.any() else ():
                known = values[np.ix_(run[~lost], limbs)]
                values[np.ix_(run[lost], limbs)] = interp1d(run[~lost], known, axis=0)(run[lost])


def drop_twisted(track: Track) -> None:
    """Drop frames whose shoulders are turned against the hips further than any body turns: half of it is mirrored."""
    world = track.world
    axis = world[:, 11] + world[:, 12] - world[:, 23] - world[:, 24]
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    shoulders, hips = (line - axis * (line * axis).sum(axis=1, keepdims=True) for line in _across(world))
    cosine = (shoulders * hips).sum(axis=1) / (np.linalg.norm(shoulders, axis=1) * np.linalg.norm(hips, axis=1))
    # A line that points along the spine has no direction around it, and frames without a person have none at all.
    for row in np.flatnonzero(cosine < np.cos(np.radians(MOST_TWIST))):
        _drop(track, int(row))


def undo_exchanges(track: Track) -> None:
    """Where left and right are exchanged for some frames, and not by a turn of the body, put them back.

    Of all ways to exchange them frame by frame the one is taken in which landmarks travel least, exchanging costs
    something, and so does every second that is exchanged (Viterbi 1967). Frames further apart than NEIGHBOUR_REACH
    are not compared: a body may have turned in between.
    """
    for run in track.runs(track.found):
        for row in _exchanged(track, run):
            track.image[row] = track.image[row, MIRRORED]
            track.visibility[row] = track.visibility[row, MIRRORED]
            track.world[row] = track.world[row, MIRRORED]


def _exchanged(track: Track, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Those of the rows, all seen and one soon after the other, in which left and right are exchanged."""
    cost = np.array([0.0, 0.0])
    came_from = np.zeros((len(rows), 2), np.intp)
    for index, (before, row) in enumerate(pairwise(rows), start=1):
        kept = _travelled(track, before, track.image[row], track.world[row])
        exchanged = _travelled(track, before, track.image[row, MIRRORED], track.world[row, MIRRORED]) + EXCHANGE_COST
        ways = cost[:, None] + np.array([[kept, exchanged], [exchanged, kept]])
        came_from[index] = ways.argmin(axis=0)
        cost = ways.min(axis=0) + np.array([0.0, EXCHANGED_SECOND_COST * (track.times[row] - track.times[before])])
    state = int(cost.argmin())
    states = np.zeros(len(rows), np.bool_)
    for index in range(len(rows) - 1, -1, -1):
        states[index] = state == 1
        state = int(came_from[index, state])
    return rows[states]


def _travelled(track: Track, before: int, image: Floats, world: Floats) -> float:
    """How far landmarks, (33, 2) pixels and (33, 3) metres, are from those of the row before, in the person's sizes.
    Of somebody seen from aside left and right are in one place of the picture; in space they are not."""
    size, height = np.ptp(track.image[before], axis=0).max(), np.ptp(track.world[before], axis=0).max()
    return _distance(track.image[before], image) / size + WORLD_WEIGHT * _distance(track.world[before], world) / height


def drop_jumps(track: Track) -> None:
    """Drop single frames in which the tracker jumped elsewhere.

    A frame is compared with the middle of the frames before and after it, where those two agree with each other.
    """
    for row in range(1, len(track.times) - 1):
        around = [row - 1, row + 1]
        if not (track.found[row] and track.found[around].all()) or track.times[row + 1] - track.times[row - 1] > (
            2 * NEIGHBOUR_REACH
        ):
            continue
        before, after = track.image[row - 1], track.image[row + 1]
        size = np.ptp(before, axis=0).max()
        if _distance(before, after) <= 0.1 * size and _distance(track.image[row], (before + after) / 2) > 0.25 * size:
            _drop(track, row)


def _drop(track: Track, row: int) -> None:
    track.found[row] = False
    track.image[row] = track.visibility[row] = track.world[row] = np.nan


def _across(world: Floats) -> tuple[Floats, Floats]:
    """(N, 3) from the right to the left shoulder, and the same of the hips."""
    return world[:, 11] - world[:, 12], world[:, 23] - world[:, 24]


def fill_gaps(track: Track) -> None:
    """Fill gaps up to LONGEST_GAP between two found frames by linear interpolation in time, and mark them held."""
    rows = np.flatnonzero(track.found)
    for first, last in pairwise(rows):
        # A gap's length counts from the last frame seen to the next one, so one lost frame counts at any rate.
        if last - first == 1 or (last - first > 2 and track.times[last] - track.times[first] > LONGEST_GAP):
            continue
        for row in range(first + 1, last):
            share = (track.times[row] - track.times[first]) / max(track.times[last] - track.times[first], 1e-9)
            for values in (track.image, track.visibility, track.world):
                values[row] = (1 - share) * values[first] + share * values[last]
            track.held[row] = True


def smooth(track: Track, reach: float) -> None:
    """Smooth in place without lag: at every frame a parabola in time through the frames around it, weighted by a
    Gaussian of `reach` seconds (local quadratic regression). It keeps position, speed and acceleration of fast limbs
    and works on uneven time stamps; frames further apart than the reach are left as they are."""
    if reach <= 0.0:
        return
    present = track.present
    smoothed = [values.copy() for values in (track.image, track.world)]
    for row in np.flatnonzero(present):
        rows = np.flatnonzero(present & (np.abs(track.times - track.times[row]) < 3 * reach))
        rows = rows[_connected(rows, int(row))]
        if len(rows) < 4:
            continue
        offsets = (track.times[rows] - track.times[row]) / reach
        powers = offsets[:, None] ** np.arange(3)
        weights = np.exp(-0.5 * offsets**2)
        normal = powers.T @ (weights[:, None] * powers)
        kernel = np.linalg.solve(normal, powers.T * weights)[0]
        for target, values in zip(smoothed, (track.image, track.world), strict=True):
            target[row] = np.tensordot(kernel, values[rows], axes=1)
    track.image[:], track.world[:] = smoothed


def _connected(rows: npt.NDArray[np.intp], row: int) -> npt.NDArray[np.bool_]:
    """Which of the ascending rows follow each other without a gap from `row` on, in both directions."""
    group = np.cumsum(np.diff(rows, prepend=rows[0]) != 1)
    return group == group[np.searchsorted(rows, row)]


def _distance(first: Floats, second: Floats) -> float:
    """Mean distance of two sets of landmarks, (33, 2) pixels or (33, 3) metres."""
    return float(np.linalg.norm(first - second, axis=-1).mean())

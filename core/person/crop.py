"""The square around the person in every frame: its centre and side are smooth over the clip."""

import numpy as np
import numpy.typing as npt

from ..spaces import Crop
from .track import Track

# Share of the crop's height that a standing person fills.
STANDING_SHARE = 0.8
# Share of the crop that the person's box may fill in any pose.
WIDEST_SHARE = 0.94
# Seconds, one standard deviation.
CENTRE_SMOOTHING = 0.3
SIDE_SMOOTHING = 1.0
# Seconds before and after a wide pose in which the square is already, or still, large enough for it.
LEAD = 0.75

# Body height against the way ankle-knee-hip-shoulders-ears: adds the foot and the top of the head.
ABOVE_EARS_AND_BELOW_ANKLES = 1.16

Floats = npt.NDArray[np.float64]


def find_crops(track: Track, boxes: Floats) -> dict[int, Crop]:
    """The crop of every frame with a person, by frame number.

    boxes: (N, 4) left, top, right, bottom of the person in image pixels, NaN where there is none. The side follows
    the person's size in the picture, not the pose, so a crouching person is smaller in the crop, as in life; where a
    pose needs more room the square grows, early and gently. Runs of frames apart from each other are separate.
    """
    crops: dict[int, Crop] = {}
    rows = np.flatnonzero(track.present & np.isfinite(boxes).all(axis=1))
    if not len(rows):
        return crops
    stature = _stature(track, rows)
    scale = np.array([_pixels_per_metre(track, int(row)) for row in rows])
    for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) > 1) + 1):
        times, box = track.times[rows[run]], boxes[rows[run]]
        centre = _smooth(times, (box[:, :2] + box[:, 2:]) / 2, CENTRE_SMOOTHING)
        standing = _smooth(times, _medians(scale[run])[:, None], SIDE_SMOOTHING)[:, 0] * stature / STANDING_SHARE
        needed = 2.0 * np.maximum(centre - box[:, :2], box[:, 2:] - centre).max(axis=1) / WIDEST_SHARE
        side = _envelope(times, np.maximum(standing, needed))
        for row, (x, y), length in zip(rows[run], centre, side, strict=True):
            crops[int(track.numbers[row])] = Crop((float(x), float(y)), float(length))
    return crops


def _stature(track: Track, rows: npt.NDArray[np.intp]) -> float:
    """The person's standing height in the metres of the world landmarks: median over the clip of the way from the
    ankles over knees, hips and shoulders to the ears, plus what lies beyond."""
    world = track.world[rows]
    legs = sum(np.linalg.norm(world[:, a] - world[:, b], axis=-1) for a, b in ((27, 25), (25, 23), (28, 26), (26, 24)))
    hips, shoulders, ears = (world[:, [a, b]].mean(axis=1) for a, b in ((23, 24), (11, 12), (7, 8)))
    trunk = np.linalg.norm(shoulders - hips, axis=-1) + np.linalg.norm(ears - shoulders, axis=-1)
    return float(np.median(legs / 2 + trunk)) * ABOVE_EARS_AND_BELOW_ANKLES


def _pixels_per_metre(track: Track, row: int) -> float:
    """Scale that lays the world landmarks of a frame over its image landmarks (least squares)."""
    visible = track.visibility[row] > 0.5
    chosen = visible if visible.sum() >= 8 else np.ones_like(visible)
    image = track.image[row, chosen] * np.array([1.0, -1.0])
    world = track.world[row, chosen, :2]
    image, world = image - image.mean(axis=0), world - world.mean(axis=0)
    return float((image * world).sum() / max((world * world).sum(), 1e-9))


def _medians(values: Floats) -> Floats:
    """Each value replaced by the median of the five around it; a single wrong frame leaves no trace."""
    padded = np.pad(values, 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)


def _smooth(times: Floats, values: Floats, reach: float) -> Floats:
    """Gaussian mean of (N, D) values over time, in both directions alike; the ends continue as mirror images."""
    smoothed = np.empty_like(values)
    for row, time in enumerate(times):
        low, high = np.searchsorted(times, [time - 3 * reach, time + 3 * reach])
        # Pairs at equal distance before and after: a steady motion at the ends is not pulled inwards.
        reachable = min(row - low, high - 1 - row)
        near = slice(row - reachable, row + reachable + 1)
        weights = np.exp(-0.5 * ((times[near] - time) / reach) ** 2)
        smoothed[row] = weights @ values[near] / weights.sum()
    return smoothed


def _envelope(times: Floats, needed: Floats) -> Floats:
    """A smooth curve that is nowhere below `needed`: the largest value within LEAD, averaged over LEAD."""
    largest = np.array([needed[np.abs(times - time) <= LEAD].max() for time in times])
    smooth = np.empty_like(needed)
    for row, time in enumerate(times):
        near = np.abs(times - time) <= LEAD
        weights = 0.5 + 0.5 * np.cos(np.pi * (times[near] - time) / LEAD) + 1e-6
        smooth[row] = weights @ largest[near] / weights.sum()
    return smooth

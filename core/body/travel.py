"""How large a camera's path is in metres: as large as keeps the feet that stand where they are."""

import numpy as np

from ..person.camera_path import CameraPath
from .fit import BodyMotion

FEET = ((27, 29, 31), (28, 30, 32))
# Seconds over which a foot's way is measured, and the way that counts as sliding altogether, metres a second: a
# swinging foot says nothing about how the standing one slides.
WINDOW, SLIDING = 0.1, 0.2
# Ways along the view are less certain than ways across.
ALONG = 0.3
# Sizes that are tried: of the person's distance, since the path's own length is the background's distance.
SMALLEST, LARGEST, SIZES = 0.2, 30.0, 300
# A size is believed when the clip's halves say the same within this factor, and feet slide so much less with it than
# before a camera that has not gone anywhere: less still where it went rather along the view than across.
LARGEST_DIFFERENCE, SLIDING_ACROSS, SLIDING_ALONG = 1.5, 0.9, 0.8


def path_size(motion: BodyMotion, path: CameraPath, frame_seconds: float) -> float | None:
    """Metres of the path's length; None where the feet do not say.

    motion: in each frame's camera axes. In every moment the foot that slides less counts: people have one on the
    ground, mostly.
    """
    reach = max(1, round(WINDOW / frame_seconds))
    count = len(path.places) - reach
    if count < 2:
        return None
    feet = np.stack([motion.landmarks[:, foot].mean(axis=1) for foot in FEET], axis=1)
    turned = np.einsum("fij,fnj->fni", path.turns, feet)
    back = path.turns[reach:].transpose(0, 2, 1) * np.array([1.0, 1.0, ALONG])[:, None]
    ways = np.einsum("fij,fnj->fni", back, turned[reach:] - turned[:-reach])
    camera_ways = np.einsum("fij,fj->fi", back, path.places[reach:] - path.places[:-reach])[:, None]
    sizes = float(np.median(-motion.translation[:, 2])) * np.geomspace(SMALLEST, LARGEST, SIZES)
    # (S, F - reach): what slides with each size, in each frame.
    slides = np.stack([_sliding(ways + size * camera_ways, reach * frame_seconds) for size in sizes])
    best, *halves = (
        int(part.mean(axis=1).argmin()) for part in (slides, slides[:, : count // 2], slides[:, count // 2 :])
    )
    ratios = [sizes[half] / sizes[best] for half in halves]
    if max(ratios) > LARGEST_DIFFERENCE or min(ratios) < 1 / LARGEST_DIFFERENCE:
        return None
    across, along = np.linalg.norm(camera_ways[:, 0, :2], axis=1).sum(), np.abs(camera_ways[:, 0, 2]).sum() / ALONG
    still = float(_sliding(ways, reach * frame_seconds).mean())
    largest = still * (SLIDING_ACROSS if across > along else SLIDING_ALONG)
    return float(sizes[best]) if float(slides[best].mean()) < largest else None


def _sliding(ways: np.ndarray, seconds: float) -> np.ndarray:
    """How fast the slower foot slides in each frame, robustly, (F,) between 0 and 1. ways: (F, 2, 3) metres."""
    speed = np.linalg.norm(ways, axis=-1).min(axis=1) / seconds
    return speed / np.sqrt(speed**2 + SLIDING**2)

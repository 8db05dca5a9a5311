"""Whether a camera travels: near things pass by far ones then, as no turning and no lens makes them."""

import numpy as np
import numpy.typing as npt

from .camera_turns import SIDE, CameraTurns
from .tracks import Tracks

TRAVELLING = (
    "The camera travels or zooms in this clip, and nothing shows for certain how far, so only its turning is followed:"
    " the person's pose is not touched by that, but where they go in the scene may be wrong. A camera that stands still"
    " or only turns gives their true way, and so does a background with things near and far."
)
# A key picture is taken when the background has moved so far, as a share of the longer side, or when so few of the
# last one's points are left; there are at most so many.
KEY_MOVE, KEY_LEFT, MOST_KEYS = 0.015, 0.6, 80
# Two pictures are compared that are as far apart as they can be with so many points, and this share of the first one's.
FEWEST_SHARED, LEAST_SHARED = 48, 0.4
# A point strays that is so many pixels of SIDE from where it should be; the share of them from which on the camera
# travels: 0.45 and more do where it does, at most 0.04 where it turns, 0.27 where people fill the background.
LARGEST_ERROR, MOST_STRAYS = 2.0, 0.3


def travels(turns: CameraTurns, background: Tracks) -> bool:
    """Whether the camera goes somewhere, or zooms: what turns alone do not show."""
    return turns.grows() or (turns.moves() and parts(background))


def parts(background: Tracks) -> bool:
    """Whether near things and far ones move otherwise."""
    return parted(table(background, key_pictures(background)))


def parted(seen: npt.NDArray[np.float64]) -> bool:
    """The same for what pictures show (K, T, 2) of points, as `table` gives it: in a quarter of the pairs it must be
    so."""
    return float(np.quantile(strays(seen) or [0.0], 0.75)) > MOST_STRAYS


def strays(seen: npt.NDArray[np.float64]) -> list[float]:
    """The shares of points that stray from every homography between two pictures of the same things, by pair.

    Whatever a camera sees that turns and zooms, or that looks at one plane, a homography takes from one picture to the
    other (Hartley and Zisserman 2004).
    """
    import cv2

    seen = seen * SIDE
    there = np.isfinite(seen[..., 0])
    shares = []
    for first in range(len(seen) - 1):
        shared = (there[first] & there[first + 1 :]).sum(axis=1)
        far = np.flatnonzero(shared >= max(FEWEST_SHARED, LEAST_SHARED * there[first].sum()))
        if len(far):
            second = first + 1 + int(far[-1])
            both = there[first] & there[second]
            _, agreeing = cv2.findHomography(seen[first, both], seen[second, both], cv2.RANSAC, LARGEST_ERROR)
            shares.append(1.0 - float(np.mean(agreeing)))
    return shares


def key_pictures(background: Tracks) -> list[int]:
    """Rows of pictures between which the background has moved enough to be worth comparing."""
    move = KEY_MOVE
    while len(keys := _moved_by(background, move)) > MOST_KEYS and move < 0.3:
        move *= 1.5
    # Where points are soon lost, it is not the move that counts.
    return keys[:: -(-len(keys) // MOST_KEYS)]


def _moved_by(background: Tracks, move: float) -> list[int]:
    keys = [0]
    for row in range(1, len(background.names)):
        last = keys[-1]
        shared, here, there = np.intersect1d(background.names[row], background.names[last], return_indices=True)
        moves = np.linalg.norm(background.places[row][here] - background.places[last][there], axis=1)
        few = len(shared) < KEY_LEFT * max(len(background.names[last]), 1)
        if few or np.median(moves) > move:
            keys.append(row)
    return keys


def table(background: Tracks, keys: list[int]) -> npt.NDArray[np.float64]:
    """(K, T, 2) where the key pictures show the points of names_of, in lengths of the longer side, NaN where they do
    not."""
    names = names_of(background, keys)
    seen = np.full((len(keys), len(names), 2), np.nan)
    for row, key in enumerate(keys):
        _, here, there = np.intersect1d(background.names[key], names, return_indices=True)
        seen[row, there] = background.places[key][here]
    return seen


def names_of(background: Tracks, keys: list[int]) -> npt.NDArray[np.int32]:
    """(T,) the points that two or more of the key pictures show."""
    names, counts = np.unique(np.concatenate([background.names[key] for key in keys]), return_counts=True)
    return names[counts >= 2]

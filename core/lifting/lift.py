"""Lifts the landmarks of a clip with the shipped network."""

from functools import cache

import numpy as np
import numpy.typing as npt
import torch

from ..weights_file import read_weights
from . import LIFTER
from .network import UNIT, Lifter
from .sight import from_hips, inputs, look_at_hips

Float = npt.NDArray[np.float32]

# The network knows motion at this many frames a second; other clips are brought to it.
RATE = 30
# Frames further apart than this, in seconds, say nothing about each other's motion.
LONGEST_STEP = 0.1


def lift(
    image: Float, visibility: Float, world: Float, times: npt.NDArray[np.float64], focal: float, size: tuple[int, int]
) -> tuple[Float, Float]:
    """Where the landmarks of F frames are: (F, 33, 3) metres from the hips in the camera's axes, and the mean absolute
    error (F, 33) that is to be expected of their depth, metres.

    image: (F, 33, 2) pixels; visibility: (F, 33); world: (F, 33, 3) MediaPipe's landmarks in space; times: (F,)
    seconds, rising; focal: pixels; size: width, height of the picture.
    """
    tangents, turn = look_at_hips(image.astype(np.float64), focal, size)
    seen = np.concatenate([tangents, from_hips(world), visibility[..., None]], axis=2).astype(np.float64)
    lifted, spread = np.empty(world.shape), np.empty(visibility.shape)
    for part in _stretches(times):
        lifted[part], spread[part] = _lift_stretch(seen[part], times[part])
    return np.einsum("fji,fpj->fpi", turn, lifted).astype(np.float32), spread.astype(np.float32)


def _stretches(times: npt.NDArray[np.float64]) -> list[slice]:
    """Frames without a gap between them."""
    ends = [*np.flatnonzero(np.diff(times) > LONGEST_STEP) + 1, len(times)]
    return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _lift_stretch(
    seen: npt.NDArray[np.float64], times: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """seen: (F, 33, 6) tangents, guess and visibility -> (F, 33, 3) and (F, 33), at the network's rate in between."""
    count = max(1, round((times[-1] - times[0]) * RATE) + 1)
    even = np.linspace(times[0], times[-1], count)
    at_rate = _resampled(seen, times, even)
    guess = at_rate[..., 2:5]
    values = inputs(at_rate[None, ..., :2], guess[None], at_rate[None, ..., 5])
    with torch.no_grad():
        lifted, spread = _network()(values, torch.from_numpy(guess[None].astype(np.float32)))
    found = np.concatenate([lifted[0].double().numpy(), UNIT * spread[0].exp()[..., None].double().numpy()], axis=2)
    found = _resampled(found, even, times)
    return found[..., :3], found[..., 3]


def _resampled(
    values: npt.NDArray[np.float64], times: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(F, ...) at other times, along straight lines."""
    if len(times) == 1:
        return np.repeat(values, len(wanted), axis=0)
    before = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 2)
    share = (wanted - times[before]) / (times[before + 1] - times[before])
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    return values[before] * (1 - share) + values[before + 1] * share


@cache
def _network() -> Lifter:
    network = Lifter()
    read_weights(network, LIFTER)
    return network.eval()

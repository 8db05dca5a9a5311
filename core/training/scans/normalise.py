"""A scan in the canonical volume, always at the same size (pamir.md 9.1)."""

import zlib

import numpy as np

from ...spaces import Array
from .scan import Scan

# The longest side of the bounding box, canonical units.
SIDES = (0.75, 0.90)


def generator(seed: int, name: str, purpose: int) -> np.random.Generator:
    """Random numbers of one scan: the same on every run, whatever other scans lie beside it."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), purpose])


def normalised(scan: Scan, rng: np.random.Generator) -> tuple[Scan, float, Array]:
    """The scan with its bounding box centred and the longest side drawn from SIDES, PaMIR's canonical space.

    Returns the scan, and the scale and offset (3,), float64, of canonical = scale * own + offset.
    """
    low, high = scan.vertices.min(axis=0), scan.vertices.max(axis=0)
    scale = float(rng.uniform(*SIDES) / (high - low).max())
    offset = -scale * (low + high) / 2
    return scan.moved(scan.vertices * scale + offset), scale, offset

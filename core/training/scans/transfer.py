"""Precomputed radiance transfer: what a vertex receives from each harmonic of the light, its own shadows included."""

from collections.abc import Callable

import numpy as np

from ...render import MeshCaster
from .harmonics import COUNT, basis, even_directions
from .scan import Float, Scan

DIRECTIONS = 1600
# Rays start off the surface, by this share of the smallest side of the bounding box.
OFFSET = 1e-3


def radiance_transfer(scan: Scan, caster: MeshCaster, report: Callable[[int], None] = lambda _: None) -> Float:
    """(V, 9) float32: the sum of max(n . d, 0) * unblocked(d) * harmonics(d) * 4 pi / DIRECTIONS over directions d,
    in the scan's axes (Sloan et al., SIGGRAPH 2002; pamir.md 9.2).

    report: called with the number of directions that are done.
    """
    place, first = scan.places
    points, normals = scan.vertices[first], scan.normals[first]
    origins = points + OFFSET * float(np.ptp(points, axis=0).min()) * normals
    directions = even_directions(DIRECTIONS)
    harmonics = basis(directions) * (4 * np.pi / DIRECTIONS)
    total = np.zeros((len(points), COUNT))
    for number, (direction, values) in enumerate(zip(directions, harmonics, strict=True), start=1):
        cosine = normals @ direction.astype(np.float32)
        facing = np.flatnonzero(cosine > 0)
        ways = np.tile(direction.astype(np.float32), (len(facing), 1))
        lit = facing[~caster.blocked(origins[facing], ways, np.full(len(facing), 1e3, np.float32))]
        total[lit] += cosine[lit, None] * values
        report(number)
    return total.astype(np.float32)[place]

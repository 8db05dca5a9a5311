"""The mirrored twin of a structure: through a long lens, near things turned one way look like far ones turned the other
way (Necker 1832), and a path that is right is told from a wrong one by how much worse the twin fits."""

import numpy as np

from .adjustment import Bundle, adjust, robust_cost
from .structure import Structure

MIRROR = np.diag([1.0, 1.0, -1.0])
# The twin's points keep so much of the middle one's nearness at least, so that all stay in front.
LEAST_NEARNESS = 0.1
STEPS = 40
# A twin whose points' nearness goes with the first one's so much has come back to it.
SAME = 0.9


def reversed_cost(structure: Structure) -> float:
    """How many times worse the twin fits than the structure, after it was adjusted to the pictures as well as it can
    be; infinite where it turns into the structure itself."""
    bundle, rows, columns, seen = structure.bundle()
    turn, shift = bundle.rotations[0], bundle.shifts[0]
    points = bundle.points @ turn.T + shift
    rotations = bundle.rotations @ turn.T
    shifts = bundle.shifts - rotations @ shift
    own = Bundle(rotations, shifts, points)
    middle = np.array([0.0, 0.0, np.median(points[:, 2])])
    nearness = np.maximum(2.0 - middle[2] / points[:, 2], LEAST_NEARNESS)
    mirrored = MIRROR @ rotations @ MIRROR
    # The middle stays where every camera sees it.
    moved = rotations @ middle + shifts - mirrored @ middle
    twin = Bundle(mirrored, moved, points * (middle[2] / nearness / points[:, 2])[:, None])
    twin = adjust(twin, rows, columns, seen, structure.tremble, STEPS)
    depths = [np.maximum(one.depths(rows, columns), 1e-3 * middle[2]) for one in (own, twin)]
    if np.corrcoef(1 / depths[0], 1 / depths[1])[0, 1] > SAME:
        return np.inf
    costs = [robust_cost(one.errors(rows, columns, seen), structure.tremble) for one in (own, twin)]
    return costs[1] / max(costs[0], 1e-12)

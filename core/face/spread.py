"""What landmarks say, carried on to the places between and around them."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


def spread(places: Array, ways: Array, targets: Array, fade: float, noise: float) -> npt.NDArray[np.float64]:
    """(M, C) at targets (M, D) what is `ways` (N, C) at places (N, D), by radial basis functions; 0 from `fade` on away
    from the nearest place. noise: how far the ways themselves are smoothed."""
    from scipy.interpolate import RBFInterpolator
    from scipy.spatial import KDTree

    away, _ = KDTree(places).query(targets)
    near = away < fade
    spread_ways = np.zeros((len(targets), ways.shape[1]))
    between = RBFInterpolator(places, ways, smoothing=noise, kernel="linear", degree=0)
    spread_ways[near] = between(targets[near]) * (np.cos(np.pi / 2 * away[near] / fade) ** 2)[:, None]
    return spread_ways

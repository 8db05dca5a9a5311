"""How well two colours of one place agree."""

import numpy as np
import numpy.typing as npt

# Colours that differ by more than this, 0-255, count for less than half.
TOLERANCE = 30.0


def agreement(apart: npt.NDArray[np.floating], tolerance: float = TOLERANCE) -> npt.NDArray[np.float32]:
    """(...) from 1, the same, to 0, of colours that differ by `apart` (..., 3), 0-255; half of it at the tolerance."""
    squared = np.einsum("...c,...c->...", apart, apart) / tolerance**2
    return (1.0 / (1.0 + squared**2)).astype(np.float32)

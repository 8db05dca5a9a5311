"""How far apart a person's colours are: haze, dusk and a low sun bring all of them together, and so those of hems."""

import numpy as np
import numpy.typing as npt

# How far the colours of people in good light stray (0-255, root of the three variances' sum): five clips, 66 to 110.
ORDINARY = 80.0
# Below this share of it what is left is the camera's noise.
LEAST = 1 / 3


def contrast(colours: npt.NDArray[np.floating]) -> float:
    """By what to multiply how much colours may differ that pass for the same: 1, or down to LEAST where the person's,
    (N, 3) 0-255, are near each other."""
    stray = float(np.sqrt(colours.var(axis=0).sum())) if len(colours) else ORDINARY
    return float(np.clip(stray / ORDINARY, LEAST, 1.0))

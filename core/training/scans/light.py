"""Light around a camera as order-2 harmonics: a sky over a ground, and a few soft lamps."""

import numpy as np

from .harmonics import basis, even_directions
from .scan import Float

DIRECTIONS = 2000
# What an unshadowed surface receives on average; 1 leaves its colour as it is.
BRIGHTNESS = (0.75, 1.15)
# Narrower lamps would ring in so few harmonics.
WIDTHS = (0.5, 1.0)


def random_light(rng: np.random.Generator) -> Float:
    """(9, 3) float32 RGB coefficients in the camera's axes (x right, y up, z to the viewer)."""
    directions = even_directions(DIRECTIONS)
    warmth = rng.uniform(0.85, 1.15)
    tint = np.array([warmth, 1.0, 1.0 / warmth])
    height = 0.5 + 0.5 * directions[:, 1:2]
    radiance = height * tint + (1 - height) * rng.uniform(0.25, 0.8) * tint[::-1]
    for _ in range(int(rng.integers(1, 4))):
        towards = np.array([rng.normal(), rng.uniform(-0.1, 1.5), rng.normal(0.4, 1.0)])
        towards /= np.linalg.norm(towards)
        # A bump of about that many radians across (a von Mises-Fisher lobe).
        lobe = np.exp((directions @ towards - 1) / rng.uniform(*WIDTHS) ** 2)
        colour = 1.0 + rng.normal(0, 0.08, 3)
        radiance = radiance + rng.uniform(0.5, 3.0) * lobe[:, None] * colour
    radiance *= rng.uniform(*BRIGHTNESS) / (np.pi * radiance.mean())
    return (basis(directions).T @ radiance * (4 * np.pi / DIRECTIONS)).astype(np.float32)

"""What people and their clothes are coloured with: small square textures, drawn at random."""

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
Texture = npt.NDArray[np.uint8]

SIZE = 256
# Skin from light to dark, and hair, 0-1 RGB; between neighbours anything may be.
SKINS = ((0.93, 0.77, 0.68), (0.85, 0.65, 0.53), (0.68, 0.47, 0.35), (0.47, 0.31, 0.22), (0.28, 0.18, 0.13))
HAIRS = ((0.06, 0.05, 0.05), (0.16, 0.10, 0.07), (0.33, 0.21, 0.13), (0.60, 0.45, 0.27), (0.62, 0.60, 0.57))
EYES = (0.72, 0.70, 0.68)
# Leather: dark, brown, or light.
LEATHERS = ((0.07, 0.07, 0.08), (0.30, 0.19, 0.12), (0.75, 0.74, 0.72), (0.45, 0.12, 0.12))


def skin(rng: np.random.Generator) -> Texture:
    """Even skin with faint blotches."""
    return _texture(_between(SKINS, rng), 0.03 * _clouds(rng, 12))


def eyes() -> Texture:
    """The white of eyes."""
    return np.full((8, 8, 3), np.array(EYES) * 255, np.uint8)


def hair(rng: np.random.Generator) -> Texture:
    """Strands: fine stripes along the second axis of the texture, with wide differences of light."""
    strands = np.repeat(rng.normal(0, 0.10, (1, SIZE)), SIZE, axis=0)
    return _texture(_between(HAIRS, rng), strands + 0.06 * _clouds(rng, 5) + rng.normal(0, 0.02, (SIZE, SIZE)))


def leather(rng: np.random.Generator) -> Texture:
    """What shoes are made of."""
    return _texture(np.array(LEATHERS[rng.integers(len(LEATHERS))]), 0.05 * _clouds(rng, 6))


def cloth(rng: np.random.Generator) -> Texture:
    """Plain, striped, checked or mottled cloth of any colour; half of it grey, black, white or blue as denim."""
    colour = _cloth_colour(rng)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    other = _cloth_colour(rng)
    count = int(rng.integers(4, 24))
    kind = rng.random()
    if kind < 0.55:
        share = np.zeros((SIZE, SIZE))
    elif kind < 0.7:
        share = (np.sin(2 * np.pi * count * (x if rng.random() < 0.5 else y)) > rng.uniform(-0.3, 0.8)) * 1.0
    elif kind < 0.82:
        share = 0.5 * (np.sin(2 * np.pi * count * x) > 0.4) + 0.5 * (np.sin(2 * np.pi * count * y) > 0.4)
    else:
        share = (_clouds(rng, int(rng.integers(4, 20))) > 0.4) * 1.0
    mixed = colour + share[..., None] * (other - colour)
    return _texture(mixed, 0.03 * _clouds(rng, 4) + rng.normal(0, rng.uniform(0.0, 0.04), (SIZE, SIZE)))


def _cloth_colour(rng: np.random.Generator) -> Float:
    import colorsys

    if rng.random() < 0.35:
        return np.full(3, rng.choice([0.06, 0.15, 0.4, 0.65, 0.88]), np.float32)
    if rng.random() < 0.25:
        return np.array([0.20, 0.27, 0.40], np.float32) * rng.uniform(0.5, 1.6)
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 0.85), rng.uniform(0.25, 0.9)), np.float32)


def _between(colours: tuple[tuple[float, ...], ...], rng: np.random.Generator) -> Float:
    """A colour between two neighbours of a row."""
    place = rng.uniform(0, len(colours) - 1)
    low = min(int(place), len(colours) - 2)
    first, second = np.array(colours[low]), np.array(colours[low + 1])
    return (first + (place - low) * (second - first)).astype(np.float32)


def _clouds(rng: np.random.Generator, cells: int) -> Float:
    """(SIZE, SIZE) smooth noise of spread 1."""
    import cv2

    coarse = rng.normal(size=(cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), np.float32)


def _texture(colour: Float, light: npt.NDArray[np.floating]) -> Texture:
    """A colour, (3,) or (SIZE, SIZE, 3), made lighter and darker by a share (SIZE, SIZE)."""
    return (np.clip(colour * (1.0 + light[..., None]), 0, 1) * 255).astype(np.uint8)

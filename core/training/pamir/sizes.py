"""How much a training step takes in: the published sizes, and smaller ones for trials."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """batch: views a step; near, uniform: points of a view near the surface and anywhere, as many inside as outside;
    texels: points of a view for the colours; image: pixels of a side, a multiple of 64; voxels: of a side, a multiple
    of 4; seed: of the first weights and of every random choice."""

    batch: int = 3
    near: int = 2500
    uniform: int = 156
    texels: int = 5000
    image: int = 512
    voxels: int = 128
    seed: int = 31359

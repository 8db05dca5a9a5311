"""Real spherical harmonics up to order 2, their rotation, and even directions.

With the Condon-Shortley phase and PaMIR's directions, (-sin t cos p, -sin t sin p, cos t), the signs cancel: the basis
is the plain polynomials of Ramamoorthi and Hanrahan (SIGGRAPH 2001), in the order 1; y, z, x; xy, yz, 3z^2-1, xz,
x^2-y^2.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]

COUNT = 9


def basis(directions: Array) -> Array:
    """(N, 3) unit directions -> (N, 9) values of the harmonics."""
    x, y, z = np.moveaxis(directions, -1, 0)
    zonal, first = np.sqrt(1 / (4 * np.pi)), np.sqrt(3 / (4 * np.pi))
    second = np.sqrt(15 / (4 * np.pi))
    columns = [
        np.full_like(x, zonal), first * y, first * z, first * x, second * x * y, second * y * z,
        np.sqrt(5 / (16 * np.pi)) * (3 * z**2 - 1), second * x * z, second / 2 * (x**2 - y**2),
    ]  # fmt: skip
    return np.stack(columns, axis=-1)


def even_directions(count: int) -> Array:
    """(count, 3) unit directions, evenly over the sphere: a Fibonacci lattice (Gonzalez 2010)."""
    number = np.arange(count)
    z = 1 - (2 * number + 1) / count
    angle = number * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - z**2)
    return np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)


def rotation(matrix: Array) -> Array:
    """(9, 9) that turns coefficients as `matrix` (3, 3) turns directions: the turned function's value at `matrix` d is
    the value that it had at d.

    The harmonics of an order turn into each other, so solving on a few directions is exact.
    """
    directions = even_directions(4 * COUNT)
    return np.linalg.lstsq(basis(directions), basis(directions @ matrix), rcond=None)[0]

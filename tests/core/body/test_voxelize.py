"""The voxeliser against a loop over all voxels and tetrahedra."""

import numpy as np
import pytest
import torch

from core.body.voxelize import occupied, voxelize


def signed_volume(a: np.ndarray, b: np.ndarray, c: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Six times the volume of a, b, c, p; (N, 3) points p."""
    return np.einsum("ni,i->n", p - a, np.cross(b - a, c - a))


def expected(vertices: np.ndarray, tetrahedra: np.ndarray, codes: np.ndarray, resolution: int) -> np.ndarray:
    """(3, z, y, x), voxel by voxel in float64."""
    axis = (np.arange(resolution) + 0.5 - resolution / 2) / resolution
    z, y, x = (part.ravel() for part in np.meshgrid(axis, axis, axis, indexing="ij"))
    centres = np.stack([x, y, z], axis=1)
    inside = np.zeros(len(centres), bool)
    for tetrahedron in tetrahedra:
        t = vertices[tetrahedron]
        faces = ((0, 2, 1), (0, 3, 2), (0, 1, 3), (1, 2, 3))
        sides = np.stack([signed_volume(t[a], t[b], t[c], centres) for a, b, c in faces])
        inside |= (sides >= 0).all(axis=0) | (sides < 0).all(axis=0)
    result = np.zeros((len(centres), 3))
    surface = vertices[: len(codes)]
    for index in np.flatnonzero(inside):
        weight = np.exp(-((centres[index] - surface) ** 2).sum(axis=1) / 0.05**2)
        result[index] = weight @ codes / (1e-10 + weight.sum())
    return result.T.reshape(3, resolution, resolution, resolution)


def random_body(seed: int, reach: float = 0.5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tetrahedra of all sizes and both orientations, some beyond the volume; more vertices than surface ones."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-reach, reach, (30, 1, 3)) + rng.normal(0, rng.uniform(0.01, 0.2, (30, 1, 1)), (30, 4, 3))
    vertices = corners.reshape(-1, 3).astype(np.float32)
    tetrahedra = rng.permutation(120).reshape(30, 4) if seed % 2 else np.arange(120).reshape(30, 4)
    return vertices, tetrahedra[:, rng.permutation(4)], rng.uniform(0, 1, (90, 3)).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_every_voxel_of_random_tetrahedra(seed: int) -> None:
    vertices, tetrahedra, codes = random_body(seed, 0.5 if seed < 2 else 0.7)
    made = voxelize(*(torch.from_numpy(value) for value in (vertices, tetrahedra, codes)), 24).numpy()
    wanted = expected(vertices.astype(np.float64), tetrahedra, codes.astype(np.float64), 24)
    assert made.shape == (3, 24, 24, 24)
    assert 50 < (wanted.any(axis=0)).sum() < 24**3 / 2
    assert np.array_equal(made.any(axis=0), wanted.any(axis=0))
    assert made == pytest.approx(wanted, abs=1e-5)


def test_orientation_makes_no_difference() -> None:
    vertices, tetrahedra, _ = random_body(0)
    flipped = tetrahedra[:, [1, 0, 2, 3]]
    first, second = (occupied(torch.from_numpy(vertices), torch.from_numpy(t), 24) for t in (tetrahedra, flipped))
    assert torch.equal(first, second)


def test_codes_fade_far_from_the_surface() -> None:
    # One huge tetrahedron whose corners are the only surface: its middle is 0.3 from each of them.
    vertices = torch.tensor([[0.3, 0.3, 0.3], [-0.3, -0.3, 0.3], [-0.3, 0.3, -0.3], [0.3, -0.3, -0.3]]) * 0.6
    volume = voxelize(vertices, torch.tensor([[0, 1, 2, 3]]), torch.ones(4, 3), 32)
    weight = 4 * np.exp(-3 * (0.18 - 0.5 / 32) ** 2 / 0.05**2)
    assert volume[0, 16, 16, 16].item() == pytest.approx(weight / (weight + 1e-10), abs=0.05)
    assert volume[0, 16, 16, 16] < 0.9
    assert volume.max() <= 1.0


def test_memory_is_bounded_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    vertices, tetrahedra, codes = (torch.from_numpy(value) for value in random_body(1))
    whole = voxelize(vertices, tetrahedra, codes, 24)
    monkeypatch.setattr("core.body.voxelize.CANDIDATES", 100)
    monkeypatch.setattr("core.body.voxelize.PRODUCTS", 1000)
    assert torch.allclose(voxelize(vertices, tetrahedra, codes, 24), whole, atol=1e-6)


def test_a_body_outside_the_volume_is_empty() -> None:
    vertices, tetrahedra, codes = (torch.from_numpy(value) for value in random_body(0))
    assert not voxelize(vertices + 3.0, tetrahedra, codes, 16).any()
    assert not voxelize(vertices - 3.0, tetrahedra, codes, 16).any()

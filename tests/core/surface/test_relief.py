"""Relief from normals: waves whose height is known."""

import numpy as np
import pytest

from core.spaces import CROP_HALF
from core.surface.relief import HIGHEST, add_relief

SIZE, HEIGHT = 256, 0.002


def slab(count: int = 101) -> tuple[np.ndarray, np.ndarray]:
    """A block 0.6 wide and high, 0.2 deep, its front and back at z = 0.1 and -0.1, finely divided."""
    line = np.linspace(-0.3, 0.3, count)
    x, y = np.meshgrid(line, line)
    flat = np.stack([x.ravel(), y.ravel()], axis=1)
    corner = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).ravel()
    front = np.concatenate([
        np.stack([corner, corner + 1, corner + count + 1], axis=1),
        np.stack([corner, corner + count + 1, corner + count], axis=1),
    ])  # fmt: skip
    vertices = np.concatenate([np.c_[flat, np.full(len(flat), 0.1)], np.c_[flat, np.full(len(flat), -0.1)]])
    return vertices.astype(np.float32), np.concatenate([front, front[:, ::-1] + len(flat)]).astype(np.int32)


def normals_of(slope: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE, 3) of a surface that rises by slope (SIZE, SIZE) along x."""
    normals = np.stack([-slope, np.zeros_like(slope), np.ones_like(slope)], axis=-1)
    return (normals / np.linalg.norm(normals, axis=-1, keepdims=True)).astype(np.float32)


def relieved(vertices: np.ndarray, faces: np.ndarray, front: np.ndarray, back: np.ndarray) -> np.ndarray:
    """The vertices after relief from normals alone."""
    return add_relief(vertices, faces, front, back, np.zeros((SIZE, SIZE), np.float32), np.zeros(len(vertices)))


def columns() -> np.ndarray:
    return np.broadcast_to(((np.arange(SIZE) + 0.5) / SIZE * 2 - 1) * CROP_HALF, (SIZE, SIZE))


def test_folds_become_relief_where_they_are_seen() -> None:
    vertices, faces = slab()
    wave = 2 * np.pi / 0.05
    front = normals_of(-HEIGHT * wave * np.sin(wave * columns()))
    moved = relieved(vertices, faces, front, np.zeros_like(front))
    change = moved - vertices
    assert np.array_equal(change[:, :2], np.zeros_like(change[:, :2]))
    is_front = vertices[:, 2] > 0
    assert not change[~is_front].any()
    inner = is_front & (np.abs(vertices[:, :2]).max(axis=1) < 0.25)
    expected = HEIGHT * np.cos(wave * vertices[inner, 0])
    assert np.corrcoef(change[inner, 2], expected)[0, 1] > 0.97
    assert np.std(change[inner, 2]) == pytest.approx(np.std(expected), rel=0.3)


def test_the_back_gets_its_own() -> None:
    vertices, faces = slab()
    wave = 2 * np.pi / 0.05
    bump = normals_of(-HEIGHT * wave * np.sin(wave * columns()))
    back = bump * [-1, -1, -1]
    moved = relieved(vertices, faces, np.zeros_like(bump), back.astype(np.float32))
    inner = (vertices[:, 2] < 0) & (np.abs(vertices[:, :2]).max(axis=1) < 0.25)
    expected = HEIGHT * np.cos(wave * vertices[inner, 0])
    assert np.corrcoef((moved - vertices)[inner, 2], expected)[0, 1] > 0.97
    assert np.array_equal(moved[vertices[:, 2] > 0], vertices[vertices[:, 2] > 0])


def test_long_shapes_stay_and_nothing_is_torn() -> None:
    """Normals that lean everywhere the same way ask for a ramp 0.3 high; it must not become one."""
    vertices, faces = slab()
    front = normals_of(np.full((SIZE, SIZE), 0.5))
    change = (relieved(vertices, faces, front, np.zeros_like(front)) - vertices)[:, 2]
    assert np.abs(change).max() <= HIGHEST + 1e-6
    middle = (vertices[:, 2] > 0) & (np.abs(vertices[:, :2]).max(axis=1) < 0.15)
    assert np.abs(change[middle]).max() < 0.002


def test_folds_of_the_shading_are_added_to_cloth_in_front_only() -> None:
    vertices, faces = slab()
    flat = normals_of(np.zeros((SIZE, SIZE)))
    folds = (HEIGHT * np.cos(2 * np.pi / 0.05 * columns())).astype(np.float32)
    is_front = vertices[:, 2] > 0
    cloth = is_front & (vertices[:, 1] > 0)
    moved = add_relief(vertices, faces, flat, flat * -1, folds, (cloth | ~is_front).astype(np.float32))
    change = (moved - vertices)[:, 2]
    inner = cloth & (np.abs(vertices[:, :2]).max(axis=1) < 0.25)
    assert change[inner] == pytest.approx(HEIGHT * np.cos(2 * np.pi / 0.05 * vertices[inner, 0]), abs=0.15 * HEIGHT)
    assert np.abs(change[~cloth]).max() < 1e-6

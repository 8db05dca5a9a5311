"""Where the truth is asked: points inside and outside a person, and points of the surface."""

import numpy as np
import numpy.typing as npt

from ..render import MeshCaster
from .avatar import Avatar
from .photo import texture_colours

Float = npt.NDArray[np.float32]

POINTS, SURFACE = 8192, 3000
# Shares and spreads in metres: close to the surface, around it, and anywhere.
SPREADS = ((0.45, 0.01), (0.40, 0.04))
WINDING = 0.5
OUTER_RAYS = 12


def sample_surface(
    vertices: Float, faces: npt.NDArray[np.integer], count: int, rng: np.random.Generator
) -> tuple[Float, npt.NDArray[np.int64], Float]:
    """Points evenly on a mesh: (N, 3), their faces (N,) and barycentric weights (N, 3)."""
    corners = vertices[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen = rng.choice(len(faces), count, p=area / area.sum())
    u, v = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - u, u * (1 - v), u * v], axis=1).astype(np.float32)
    return np.einsum("nk,nkc->nc", weights, corners[chosen]).astype(np.float32), chosen, weights


def outer(points: Float, normals: Float, caster: MeshCaster, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """(N,) which surface points some way leads to from outside: not the layers under the clothes."""
    free = np.zeros(len(points), bool)
    for _ in range(OUTER_RAYS):
        directions = rng.normal(size=points.shape)
        directions *= np.sign((directions * normals).sum(axis=1, keepdims=True))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        free |= ~caster.blocked(points + 1e-3 * normals, directions, np.full(len(points), 10.0))
    return free


def sample_occupancy(
    vertices: Float, faces: npt.NDArray[np.integer], unit: float, rng: np.random.Generator
) -> tuple[Float, npt.NDArray[np.bool_]]:
    """Points (POINTS, 3) and whether each is inside, by the winding number of the open, layered mesh.

    vertices: (V, 3) canonical; unit: metres of one canonical unit.
    """
    import igl

    groups = []
    for share, spread in SPREADS:
        surface, _, _ = sample_surface(vertices, faces, int(share * POINTS), rng)
        groups.append(surface + rng.normal(0, spread / unit, surface.shape))
    low, high = vertices.min(axis=0) - 0.05, vertices.max(axis=0) + 0.05
    rest = POINTS - sum(map(len, groups))
    groups.append(rng.uniform(low, high, (rest, 3)))
    points = np.concatenate(groups).astype(np.float32)
    winding = igl.fast_winding_number(vertices.astype(np.float64), faces.astype(np.int64), points.astype(np.float64))
    return points, np.abs(winding) > WINDING


def sample_colours(
    avatar: Avatar, canonical: Float, caster: MeshCaster, normals: Float, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """SURFACE points of the outer surface: points and normals (N, 3), canonical, and unlit colours (N, 3) uint8."""
    points, chosen, weights = sample_surface(canonical, avatar.faces, 2 * SURFACE, rng)
    turned = np.einsum("nk,nkc->nc", weights, normals[avatar.faces[chosen]])
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    kept = np.flatnonzero(outer(points, turned, caster, rng))[:SURFACE]
    uv = np.einsum("nk,nkc->nc", weights[kept], avatar.uv[avatar.faces[chosen[kept]]])
    return {
        "surface": points[kept].astype(np.float16),
        "surface_normals": (turned[kept] * 127).astype(np.int8),
        "surface_colours": texture_colours(avatar, chosen[kept], uv),
    }

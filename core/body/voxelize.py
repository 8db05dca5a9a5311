"""Fills the volume around a tetrahedral body with the codes of its surface (pamir.md 6), in plain torch."""

import torch
from torch import Tensor

# Canonical units: how far a surface vertex's code reaches.
REACH = 0.05
# Keeps the quotient defined, and pulls the codes of voxels far inside towards 0.
SMALLEST = 1e-10
# Voxels by which a tetrahedron's box is widened, so that rounding loses no centre on its border.
ROUNDING = 1e-3
# Candidates and sums that are held in memory at once.
CANDIDATES, PRODUCTS = 1 << 20, 1 << 25
# A tetrahedron's faces; seen from inside, all of them have the same orientation.
FACES = ((0, 2, 1), (0, 3, 2), (0, 1, 3), (1, 2, 3))


def voxelize(vertices: Tensor, tetrahedra: Tensor, codes: Tensor, resolution: int = 128) -> Tensor:
    """The semantic volume of a body: (3, R, R, R) float32, axes code, z, y, x; 0 outside the body.

    vertices: (V, 3) canonical, of which the first S are the surface; tetrahedra: (T, 4) indices; codes: (S, 3). Voxel
    (i, j, k) has its centre at (i + 0.5) / R - 0.5 on each axis and counts as inside when it lies in a tetrahedron.
    Its code is the mean of all surface codes, weighted by exp(-distance^2 / REACH^2). Not differentiable.
    """
    vertices = vertices.detach().float()
    inside = occupied(vertices, tetrahedra.to(vertices.device).long(), resolution)
    return fill(inside, vertices[: len(codes)], codes)


def fill(inside: Tensor, surface: Tensor, codes: Tensor) -> Tensor:
    """The semantic volume of voxels that are known to be inside: (3, R, R, R) float32, axes code, z, y, x; 0 outside.

    inside: (R, R, R) bool, axes z, y, x; surface: (S, 3) canonical vertices, float32, on the same device; codes: (S, 3)
    of them.
    """
    volume = torch.zeros((3, *inside.shape), device=inside.device)
    index = inside.nonzero()
    if len(index):
        found = _codes_at(index, surface, codes.to(inside.device).float(), len(inside))
        volume[:, index[:, 0], index[:, 1], index[:, 2]] = found.T
    return volume


def occupied(vertices: Tensor, tetrahedra: Tensor, resolution: int) -> Tensor:
    """(R, R, R) bool, axes z, y, x: voxels whose centres lie in one of the tetrahedra, however these are oriented."""
    corners = vertices[tetrahedra]
    # In voxels, from the first one's centre.
    scaled = corners * resolution + (resolution / 2 - 0.5)
    low = (scaled.amin(dim=1) - ROUNDING).ceil().long().clamp(min=0)
    high = (scaled.amax(dim=1) + ROUNDING).floor().long().clamp(max=resolution - 1)
    size = (high - low + 1).clamp(min=0)
    count = size.prod(dim=1)
    # Normals by face. All distances are measured from the first corner, which the last face does not have.
    normals = torch.stack(
        [torch.linalg.cross(corners[:, b] - corners[:, a], corners[:, c] - corners[:, a]) for a, b, c in FACES], dim=1
    )
    last = ((corners[:, 0] - corners[:, 1]) * normals[:, 3]).sum(dim=1)
    inside = torch.zeros(resolution**3, dtype=torch.bool, device=vertices.device)
    ends = count.cumsum(0)
    start = 0
    while start < len(count):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(torch.searchsorted(ends, before + CANDIDATES, right=True)))
        owner = torch.repeat_interleave(torch.arange(start, stop, device=count.device), count[start:stop])
        place = torch.arange(len(owner), device=count.device) - (ends[owner] - count[owner] - before)
        width, height = size[owner, 0], size[owner, 1]
        x = low[owner, 0] + place % width
        y = low[owner, 1] + place // width % height
        z = low[owner, 2] + place // (width * height)
        centre = (torch.stack([x, y, z], dim=1) + (0.5 - resolution / 2)) / resolution
        volumes = (normals[owner] @ (centre - corners[owner, 0])[:, :, None])[:, :, 0]
        volumes[:, 3] += last[owner]
        covered = (volumes >= 0).all(dim=1) | (volumes < 0).all(dim=1)
        inside[((z * resolution + y) * resolution + x)[covered]] = True
        start = stop
    return inside.reshape(resolution, resolution, resolution)


def _codes_at(index: Tensor, surface: Tensor, codes: Tensor, resolution: int) -> Tensor:
    """(N, 3) codes at voxels (N, 3), index z, y, x.

    The weight is a product of one factor an axis, so all voxels of a row along x share the product of the factors of y
    and z, and a row's sums over all vertices are one matrix product.
    """
    axis = (torch.arange(resolution, device=surface.device) + (0.5 - resolution / 2)) / resolution
    along_x, along_y, along_z = (
        torch.exp(-((axis[:, None] - surface[:, column]) ** 2) / REACH**2) for column in range(3)
    )
    rows, row_of = torch.unique(index[:, 0] * resolution + index[:, 1], return_inverse=True)
    first = int(index[:, 2].min())
    along_x = along_x[first : int(index[:, 2].max()) + 1].T.contiguous()
    # Codes, and ones for the sum of the weights.
    terms = torch.cat([codes, torch.ones_like(codes[:, :1])], dim=1).T
    sums = []
    for part in rows.split(max(1, PRODUCTS // (4 * len(surface)))):
        shared = along_z[part // resolution] * along_y[part % resolution]
        sums.append((shared[:, None] * terms).flatten(0, 1) @ along_x)
    found = torch.cat(sums).reshape(len(rows), 4, -1)[row_of, :, index[:, 2] - first]
    return found[:, :3] / (found[:, 3:] + SMALLEST)

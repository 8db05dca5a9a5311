"""A tetrahedral body as large as SMPL's, made from Restage's own: for timing only."""

import numpy as np
import torch
from scipy.spatial import Delaunay

from core.body.model import BodyModel
from core.body.smpl import SmplBody
from core.render import MeshCaster

SURFACE, INNER = 6890, 987
JOINTS, EXTRA = 24, 14
PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]


def smpl_sized_body() -> SmplBody:
    """6,890 surface and 987 inner vertices, about 24,800 tetrahedra, 24 joints with soft weights; no shape or pose
    corrections, whose arrays have SMPL's sizes all the same."""
    model = BodyModel.load()
    rng = np.random.default_rng(0)
    bones = np.zeros((len(model.bone_names), 3))
    vertices = model.vertices(np.zeros(model.shape_count), 1.0, bones, np.zeros(3)).astype(np.float32)
    vertices -= (vertices.max(axis=0) + vertices.min(axis=0)) / 2
    caster = MeshCaster(vertices, model.triangles)
    axis = np.arange(-1.0, 1.0, 0.04)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    grid = (grid + rng.normal(0, 0.004, grid.shape)).astype(np.float32)
    inside = rng.permutation(grid[caster.inside(grid)])
    inside = np.concatenate([inside, inside + rng.normal(0, 0.005, inside.shape), inside])[:INNER].astype(np.float32)
    points = np.concatenate([vertices[rng.choice(len(vertices), SURFACE, replace=False)], inside])
    tetrahedra = Delaunay(points + rng.normal(0, 1e-5, points.shape)).simplices
    tetrahedra = tetrahedra[caster.inside(points[tetrahedra].mean(axis=1).astype(np.float32))]
    joints = points[rng.choice(SURFACE, JOINTS, replace=False)]
    weights = np.exp(-(((points[:, None] - joints) / 0.1) ** 2).sum(axis=2)) + 1e-9
    weights /= weights.sum(axis=1, keepdims=True)
    regressor = np.zeros((JOINTS, len(points)))
    regressor[:, :SURFACE] = rng.dirichlet(np.ones(SURFACE), JOINTS)
    surface = points[:SURFACE]
    arrays = {
        "template": points,
        "shapes": np.zeros((len(points), 3, 10)),
        "poses": np.zeros((207, len(points) * 3)),
        "regressor": regressor,
        "weights": weights,
        "extra": rng.dirichlet(np.ones(SURFACE), EXTRA),
        "codes": (surface - surface.min(axis=0)) / np.ptp(surface, axis=0),
    }
    index = {"parents": np.array(PARENTS), "faces": np.zeros((13776, 3)), "tetrahedra": tetrahedra}
    return SmplBody(
        **{name: torch.from_numpy(np.ascontiguousarray(value, np.float32)) for name, value in arrays.items()},
        **{name: torch.from_numpy(np.ascontiguousarray(value, np.int64)) for name, value in index.items()},
    )

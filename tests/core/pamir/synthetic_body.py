"""A small tetrahedral person with SMPL's skeleton, and all the files that PaMIR's users bring, made of nothing.

Every bone is a box around the way from its joint to the next; the boxes overlap and are not joined. That is enough to
be posed, voxelised and fitted as SMPL is.
"""

import pickle  # noqa: TID251 - written here as SMPL's makers write it, and read by the safe reader
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy import sparse

PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
# Metres; x to the person's left, y up, z to the front. The T-pose of SMPL, roughly.
HEADS = np.array([
    (0, 0, 0), (0.07, -0.09, 0), (-0.07, -0.09, 0), (0, 0.11, 0), (0.11, -0.47, 0), (-0.11, -0.47, 0), (0, 0.25, 0),
    (0.09, -0.87, -0.03), (-0.09, -0.87, -0.03), (0, 0.3, 0), (0.11, -0.93, 0.09), (-0.11, -0.93, 0.09),
    (0, 0.51, 0), (0.08, 0.42, 0), (-0.08, 0.42, 0), (0, 0.6, 0.05), (0.2, 0.45, 0), (-0.2, 0.45, 0),
    (0.45, 0.44, 0), (-0.45, 0.44, 0), (0.7, 0.44, 0), (-0.7, 0.44, 0), (0.78, 0.43, 0), (-0.78, 0.43, 0),
])  # fmt: skip
ENDS = {10: (0.11, -0.93, 0.16), 11: (-0.11, -0.93, 0.16), 15: (0, 0.75, 0.05), 22: (0.88, 0.43, 0),
        23: (-0.88, 0.43, 0)}  # fmt: skip
THICK = {0: 0.13, 3: 0.13, 6: 0.13, 9: 0.13, 12: 0.08, 15: 0.09, 1: 0.09, 2: 0.09}
SIDES = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
# A box's six sides as triangles, and the box as tetrahedra around its centre, vertex 8.
BOX_FACES = np.array([
    (0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6),
    (3, 0, 4), (3, 4, 7),
])  # fmt: skip


@dataclass(frozen=True)
class Arrays:
    """As in the user's files: surface (S, 3), inner (N, 3), faces, tetrahedra, weights of both, regressors."""

    surface: np.ndarray
    inner: np.ndarray
    faces: np.ndarray
    tetrahedra: np.ndarray
    weights: np.ndarray
    inner_weights: np.ndarray
    regressor: np.ndarray
    extra: np.ndarray


def make_arrays() -> Arrays:
    """One box a bone: eight surface vertices and one inner vertex each."""
    surface, inner, faces, owners, joints = [], [], [], [], []
    for joint in range(24):
        children = [child for child, parent in enumerate(PARENTS) if parent == joint] or [None]
        for child in children:
            end = np.array(ENDS[joint] if child is None else HEADS[child], float)
            way = end - HEADS[joint]
            along = way / np.linalg.norm(way)
            across = np.cross(along, (0, 0, 1) if abs(along[2]) < 0.9 else (0, 1, 0))
            across /= np.linalg.norm(across)
            frame = np.stack([across, np.cross(along, across)])
            ring = SIDES @ frame * THICK.get(joint, 0.05)
            corners = np.concatenate([HEADS[joint] - 0.03 * along + ring, end + 0.03 * along + ring])
            faces.append(BOX_FACES + 8 * len(owners))
            surface.append(corners)
            inner.append(corners.mean(axis=0))
            owners.append(joint)
            joints.append(child)
    boxes = len(owners)
    faces = np.concatenate(faces)
    centres = 8 * boxes + np.repeat(np.arange(boxes), len(BOX_FACES))
    tetrahedra = np.concatenate([faces, centres[:, None]], axis=1)
    weights = np.zeros((8 * boxes, 24))
    for box, (joint, child) in enumerate(zip(owners, joints, strict=True)):
        weights[8 * box : 8 * box + 8, joint] = 1.0
        if child is not None:
            # The far end follows the next joint a little, as skin does.
            weights[8 * box + 4 : 8 * box + 8, [joint, child]] = 0.7, 0.3
    inner_weights = weights.reshape(boxes, 8, 24).mean(axis=1)
    regressor = np.zeros((24, 8 * boxes))
    for joint in range(24):
        # The near corners of a bone's first box lie around its joint.
        regressor[joint, 8 * owners.index(joint) : 8 * owners.index(joint) + 4] = 0.25
    extra = np.zeros((14, 8 * boxes))
    extra[np.arange(14), np.linspace(0, 8 * boxes - 1, 14).astype(int)] = 1.0
    return Arrays(np.concatenate(surface), np.array(inner), faces, tetrahedra, weights, inner_weights, regressor, extra)


def write_body(folder: Path) -> Path:
    """Write every file that the user brings but the checkpoints; returns the SMPL model's path."""
    arrays = make_arrays()
    rng = np.random.default_rng(7)
    count, inner = len(arrays.surface), len(arrays.inner)
    shapes = rng.normal(0, 0.002, (count + inner, 3, 10))
    # The first component is the size, so that it can be seen.
    shapes[..., 0] = 0.03 * np.concatenate([arrays.surface, arrays.inner])
    poses = rng.normal(0, 0.001, (count + inner, 3, 207))
    folder.mkdir(parents=True, exist_ok=True)
    kintree = np.array([[2**32 - 1, *PARENTS[1:]], range(24)], np.uint32)
    model = {
        "v_template": arrays.surface,
        "shapedirs": shapes[:count],
        "posedirs": poses[:count],
        "J_regressor": sparse.csc_matrix(arrays.regressor),
        "weights": arrays.weights,
        "kintree_table": kintree,
        "f": arrays.faces.astype(np.uint32),
        "bs_type": "lrotmin",
    }
    path = folder / "basicModel_neutral.pkl"
    path.write_bytes(pickle.dumps(model, protocol=2))
    np.savez(
        folder / "tetra_smpl.npz",
        v_template_added=arrays.inner,
        weights_added=arrays.inner_weights,
        posedirs_added=poses[count:],
        shapedirs_added=shapes[count:],
        tetrahedrons=arrays.tetrahedra,
    )
    np.savetxt(folder / "vertices.txt", arrays.surface)
    np.savetxt(folder / "faces.txt", arrays.faces + 1, fmt="%d")
    np.savetxt(folder / "tetrahedrons.txt", arrays.tetrahedra + 1, fmt="%d")
    np.save(folder / "J_regressor_extra.npy", arrays.extra)
    _write_meshes(folder / "mesh_downsampling.npz", arrays)
    return path


def coarse_count() -> int:
    """Vertices of the coarse mesh that GraphCMR works on."""
    return len(make_arrays().surface) // 2


def _write_meshes(path: Path, arrays: Arrays) -> None:
    """Three meshes, each with every second vertex of the one before; neighbours are consecutive vertices."""
    counts = [len(arrays.surface), coarse_count(), coarse_count() // 2]
    neighbours = [sparse.csc_matrix(sparse.diags([5.0, 5.0], [-1, 1], shape=(n, n))) for n in counts]
    reductions = [
        sparse.csc_matrix((np.ones(n // 2), (np.arange(n // 2), 2 * np.arange(n // 2))), shape=(n // 2, n))
        for n in counts[:2]
    ]
    values = {}
    for name, matrices in (("A", neighbours), ("D", reductions)):
        values[name] = np.empty(len(matrices), object)
        values[name][:] = matrices
    np.savez(path, **values)


def write_checkpoints(folder: Path) -> None:
    """Checkpoints of networks with random weights, as PaMIR's saver writes them."""
    from core.pamir.networks import build

    torch.manual_seed(3)
    vertices = coarse_count()
    graph = {"adjacency": torch.eye(vertices), "template": torch.zeros(vertices, 3)}
    kinds = {
        "pamir_geometry/checkpoints/latest.pt": {"pamir_net": {}},
        "pamir_texture/checkpoints/latest.pt": {"pamir_tex_net": {}},
        "gcmr_pretrained/gcmr.pt": {"graph_cnn": graph, "smpl_param_regressor": {"vertices": vertices}},
    }
    for name, networks in kinds.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        states = {key: build(key, **kwargs).state_dict() for key, kwargs in networks.items()}
        torch.save({**states, "epoch": 1, "batch_idx": 2, "dataset_perm": [1, 0], "total_step_count": 3}, path)

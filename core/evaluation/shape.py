"""Distances between a true and a predicted surface, in metres, as papers on clothed people report them.

Both meshes may be open and layered, clothes over skin: only what some way leads to from outside counts.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..render import MeshCaster
from ..training.labels import sample_surface

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]
Indices = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]

# ICON's 1,000 points leave 3 % of noise on each mesh (methods' survey); so many leave 0.3 %.
SAMPLES = 100_000
CLOSE = 0.01
ROUNDS, RAYS = 8, 12
LIFT, FAR = 1e-3, 10.0
# Metres. Surfaces further apart than this need fewer samples, and each costs more.
APART, PROBED, EVERY_APART = 0.1, 500, 5


@dataclass(frozen=True, eq=False)
class Surface:
    """Evenly spread samples of a mesh's outer surface: points (N, 3) metres, normals (N, 3) unit, of the faces and
    pointing outwards, face (N,); and the whole mesh, vertices (V, 3), faces (T, 3)."""

    points: Float
    normals: Float
    face: npt.NDArray[np.int64]
    vertices: Float
    faces: Indices

    @classmethod
    def of(cls, vertices: Float, faces: Indices, count: int = SAMPLES, seed: int = 0) -> "Surface":
        """Sample a mesh, the same way every time. Fewer than `count` samples only where hardly anything is outer."""
        rng = np.random.default_rng(seed)
        caster, normals = MeshCaster(vertices, faces), face_normals(vertices, faces)
        points, chosen = np.zeros((0, 3), np.float32), np.zeros(0, np.int64)
        for _ in range(ROUNDS):
            drawn, face, _ = sample_surface(vertices, faces, count, rng)
            kept = reachable(drawn, normals[face], caster, rng)
            points, chosen = np.concatenate([points, drawn[kept]]), np.concatenate([chosen, face[kept]])
            if len(points) >= count:
                break
        points, chosen = points[:count], chosen[:count]
        return cls(points, normals[chosen], chosen, np.asarray(vertices, np.float32), faces)

    def thinned(self, every: int) -> "Surface":
        """The same mesh with one in `every` of its samples, which are in no order."""
        chosen = slice(None, None, every)
        return Surface(self.points[chosen], self.normals[chosen], self.face[chosen], self.vertices, self.faces)

    def closest(self, points: npt.NDArray[np.floating]) -> tuple[Double, npt.NDArray[np.int64], Double]:
        """Of (N, 3) points: exact distance to the nearest triangle (N,) metres, that triangle (N,), and the nearest
        point (N, 3)."""
        import igl

        squared, face, nearest = igl.point_mesh_squared_distance(
            np.asarray(points, np.float64), self.vertices.astype(np.float64), np.asarray(self.faces, np.int64)
        )
        return np.sqrt(squared), np.asarray(face, np.int64), np.asarray(nearest, np.float64)


@dataclass(frozen=True)
class ShapeError:
    """Metres, but for the last two. complete: mean distance of the truth's samples from the prediction; accurate:
    mean distance of the prediction's samples from the truth ("P2S" of ICON and PIFu is this or its counterpart);
    chamfer: their mean; f_score: at CLOSE, 0-1; normal_consistency: mean |cosine|, both ways, 0-1; parts: `complete`
    by part of the truth."""

    complete: float
    accurate: float
    f_score: float
    normal_consistency: float
    parts: dict[str, float]

    @property
    def chamfer(self) -> float:
        return (self.complete + self.accurate) / 2

    def values(self) -> dict[str, Any]:
        """JSON values: lengths in centimetres."""
        return {
            "p2s_truth_to_prediction_cm": self.complete * 100,
            "p2s_prediction_to_truth_cm": self.accurate * 100,
            "chamfer_cm": self.chamfer * 100,
            "f_score": self.f_score,
            "normal_consistency": self.normal_consistency,
            **{f"{name}_cm": value * 100 for name, value in self.parts.items()},
        }


def shape_error(truth: Surface, predicted: Surface, parts: dict[str, Mask] | None = None) -> ShapeError:
    """Compare two sampled surfaces where they lie. parts: by name, which of the truth's faces (T,) belong to it."""
    if predicted.closest(truth.points[:PROBED])[0].mean() > APART:
        truth, predicted = truth.thinned(EVERY_APART), predicted.thinned(EVERY_APART)
    missing, face, _ = predicted.closest(truth.points)
    missing_cosine = np.abs((truth.normals * face_normals(predicted.vertices, predicted.faces)[face]).sum(axis=1))
    extra, face, _ = truth.closest(predicted.points)
    extra_cosine = np.abs((predicted.normals * face_normals(truth.vertices, truth.faces)[face]).sum(axis=1))
    recall, precision = float((missing < CLOSE).mean()), float((extra < CLOSE).mean())
    by_part = {name: missing[chosen[truth.face]] for name, chosen in (parts or {}).items()}
    return ShapeError(
        float(missing.mean()),
        float(extra.mean()),
        2 * recall * precision / max(recall + precision, 1e-12),
        float(missing_cosine.mean() + extra_cosine.mean()) / 2,
        {name: float(values.mean()) for name, values in by_part.items() if len(values)},
    )


def reachable(points: Float, normals: Float, caster: MeshCaster, rng: np.random.Generator) -> Mask:
    """(N,) which surface points some way leads to from outside, by RAYS random rays each; as training.labels.outer,
    asking only where no way was found yet."""
    free = np.zeros(len(points), bool)
    for _ in range(RAYS):
        asked = np.flatnonzero(~free)
        directions = rng.normal(size=(len(asked), 3))
        directions *= np.sign((directions * normals[asked]).sum(axis=1, keepdims=True))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        origins = points[asked] + LIFT * normals[asked]
        free[asked] = ~caster.blocked(origins, directions, np.full(len(asked), FAR))
    return free


def face_normals(vertices: npt.NDArray[np.floating], faces: Indices) -> Float:
    """(T, 3) unit normals, zero for triangles without area."""
    corners = np.asarray(vertices, np.float64)[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)).astype(np.float32)

"""How far a reconstruction is from the truth, on people who were never trained with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..open.body_maps import BodyShape
from ..open.field import OpenField
from ..open.network import OpenNet
from ..render import MeshCaster
from ..surface.grid import sample_field
from ..surface.mesh import extract_mesh
from .dataset import DataSet
from .labels import outer, sample_surface

Float = npt.NDArray[np.float32]
Mesh = tuple[Float, npt.NDArray[np.integer]]

SURFACE = 3000


@dataclass(frozen=True)
class Distance:
    """Centimetres, means over SURFACE points of the outer surfaces: truth to prediction and back."""

    complete: float
    accurate: float

    @property
    def chamfer(self) -> float:
        return (self.complete + self.accurate) / 2


def distance(truth: Mesh, predicted: Mesh, metres_per_unit: float) -> Distance:
    """Both meshes in canonical space; no alignment; points against triangles."""
    import igl

    rng = np.random.default_rng(0)
    results = []
    for source, target in ((truth, predicted), (predicted, truth)):
        points = _outer_points(source, rng)
        squared = igl.point_mesh_squared_distance(
            points.astype(np.float64), target[0].astype(np.float64), np.asarray(target[1], np.int64)
        )[0]
        results.append(float(np.sqrt(squared).mean()) * metres_per_unit * 100)
    return Distance(*results)


def evaluate(
    network: OpenNet, dataset: DataSet, numbers: Sequence[int], variant: str, resolution: int = 128
) -> dict[str, list[Distance]]:
    """Distances of the body alone and of the network's surface, sample by sample. variant: `body`, the one that lies
    in the avatar, or `noisy`, as a fit might err."""
    faces = BodyModel.load().triangles
    results: dict[str, list[Distance]] = {"body": [], "network": []}
    for number in numbers:
        scene = dataset.scene(number)
        vertices = scene.body if variant == "body" else scene.noisy
        truth, unit = (scene.canonical, scene.avatar.faces), scene.view.metres_per_unit
        with np.load(dataset.path(number), allow_pickle=False) as values:
            picture = values["picture"]
        field = OpenField(
            network, picture[..., :3], picture[..., 3].astype(np.float32) / 255, BodyShape(vertices, faces)
        )
        results["body"].append(distance(truth, (vertices, faces), unit))
        results["network"].append(distance(truth, extract_mesh(sample_field(field, resolution)), unit))
    return results


def _outer_points(mesh: Mesh, rng: np.random.Generator) -> Float:
    """SURFACE points that some way leads to from outside."""
    vertices, faces = mesh
    points, chosen, _ = sample_surface(vertices, faces, 2 * SURFACE, rng)
    corners = vertices[faces[chosen]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return points[outer(points, normals, MeshCaster(vertices, faces), rng)][:SURFACE]

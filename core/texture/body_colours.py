"""The clip's memory of the person's colours, one for every vertex of the body: what fills surface that a frame hides.

Seen vertices keep the mean of what frames show of them, weighted by trust. The rest is filled in two steps: from the
mirrored vertex, where that was seen (people are dressed alike left and right), and then by the smoothest continuation
over the body's surface, which draws the back of a shirt from its sides and the back of a head from the hair.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import Camera
from .projection import Photograph, trust

Colours = npt.NDArray[np.float32]

# Less trust than this over the whole clip counts as never seen.
SEEN = 0.3


def gather_colours(frames: Iterable[tuple[npt.NDArray[np.floating], Photograph]], camera: Camera) -> Colours:
    """(V, 3) float32 colours 0-255 of the body's vertices, from each frame's dressed body (V, 3) world."""
    model = BodyModel.load()
    total = np.zeros((len(model.mean_vertices), 3), np.float32)
    weight = np.zeros(len(model.mean_vertices), np.float32)
    for vertices, photograph in frames:
        caster = MeshCaster(vertices, model.triangles)
        normals = vertex_normals(vertices, model.triangles)
        # Squared: one clear view outweighs many dim ones, which hold what is behind the person.
        seen = trust(vertices, normals, caster, camera, photograph) ** 2 * model.exterior
        rows = np.flatnonzero(seen > 0)
        total[rows] += seen[rows, None] * photograph.colours(camera.project(vertices[rows]))
        weight[rows] += seen[rows]
    known = weight > SEEN
    colours = total / np.maximum(weight, 1e-6)[:, None]
    mirrored = ~known & known[model.mirror] & _sides(model)
    colours[mirrored] = colours[model.mirror[mirrored]]
    return _continued(colours, known | mirrored, model.triangles)


def _sides(model: BodyModel) -> npt.NDArray[np.bool_]:
    """(V,) limbs, which have a twin on the other side; a hidden back is not the twin of a seen one's other half."""
    limbs = [model.part_names.index(name) for name in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")]
    return np.isin(model.parts, limbs)


def _continued(colours: Colours, known: npt.NDArray[np.bool_], triangles: npt.NDArray[np.int32]) -> Colours:
    """Harmonic continuation: unknown vertices become the mean of their neighbours, known ones stay."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import splu

    if not known.any():
        return np.full_like(colours, 128.0)
    count = len(colours)
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    neighbours = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr()
    neighbours = (neighbours + neighbours.T).minimum(1.0)
    neighbours.data[:] = 1.0
    # A whisper of the mean keeps parts without any seen vertex (an eyeball) solvable.
    anchor = 1e-6
    laplacian = diags(np.asarray(neighbours.sum(axis=1)).ravel() + anchor) - neighbours
    unknown = ~known
    right = neighbours[unknown][:, known] @ colours[known] + anchor * colours[known].mean(axis=0)
    filled = colours.copy()
    filled[unknown] = splu(laplacian.tocsr()[unknown][:, unknown].tocsc()).solve(right)
    return filled

"""The grain of cloth and hair: camouflage, folds and curls that the clip shows go on where nobody looked.

What a cloth's colours have beside its light, and its folds as far as their shading tells (core/surface/folds.py), is
cut into patches, which are laid beside each other in random order (patches.py). It belongs to the body's surface and is
the same in every frame. Skin has none: it would look like hair on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import GRAIN, RELIEF, read_arrays
from ..body.model import BodyModel
from ..job import Job
from ..render.hits import vertex_areas, vertex_normals
from ..spaces import Camera
from .patches import laid, middles_of, typical, without_light
from .regions import Regions
from .skin import bare_skin
from .unwrap import Texels, sample, spread_out

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

# Texels along the side of its atlas, and frames that it is taken from.
SIZE, FRAMES = 1024, 3
# Half a patch, texels, about 4 cm; limbs, hair and other small things are cut into smaller ones.
REACHES = (24, 16, 10)
# What changes more slowly than over this part of half a patch is light.
LIGHT = 0.35
# Patches show texels that are trusted so far, of vertices that are so far of cloth; too few repeat.
SURE, CLOTH, LEAST = 0.6, 0.9, 4
# How high hidden folds are against those that are shown; metres: none is higher.
LOWER, HIGHEST = 0.7, 0.006
# Cosines to the camera's direction: from the first to the second a surface is more and more hidden.
HIDDEN = (0.15, -0.2)


@dataclass(frozen=True, eq=False)
class Grain:
    """Of the body's surface that a picture does not show: picture (SIZE, SIZE, 3) float32, what to add to its colours
    0-255; relief (SIZE, SIZE) float32 metres, how far folds rise above it."""

    picture: Float
    relief: Float

    @classmethod
    def read(cls, job: Job) -> "Grain":
        """A job's; nothing in jobs of versions that had none. Raises RestageError `job_unreadable`."""
        picture, relief = np.zeros((SIZE, SIZE, 3), np.float32), np.zeros((SIZE, SIZE), np.float32)
        if job.grain_path.is_file():
            picture = read_arrays(job.grain_path, GRAIN)["grain"].astype(np.float32)
        if job.relief_path.is_file():
            relief = read_arrays(job.relief_path, RELIEF)["relief"].astype(np.float32)
        return cls(picture, relief)

    def of(self, texels: Texels) -> Float:
        """(N, 3) at the texels of an atlas of any size."""
        import cv2

        size = (texels.size, texels.size)
        larger = cv2.resize(self.picture, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(larger, np.float32)[texels.rows, texels.columns]

    def colours(self, uv: Float) -> Float:
        """(N, 3) at places uv (N, 2) of the atlas."""
        return sample(self.picture, uv)

    def raised(self, vertices: Float, faces: Indices, uv: Float, camera: Camera) -> Float:
        """The vertices (N, 3) of a mesh, world metres, with the folds of their places uv (N, 2) in the atlas, where
        the mesh is turned away from the camera; faces: (T, 3)."""
        normals = vertex_normals(vertices, faces)
        towards = camera.camera_to_world[:3, 3] - vertices
        facing = (normals * towards).sum(axis=1) / np.linalg.norm(towards, axis=1)
        hidden = np.clip((HIDDEN[0] - facing) / (HIDDEN[0] - HIDDEN[1]), 0.0, 1.0)
        height = sample(self.relief[..., None], uv)[:, 0] * hidden
        return (vertices + height[:, None] * normals).astype(np.float32)


def clearest(weights: Sequence[Float]) -> list[int]:
    """Which of the frames, each with how well it shows the body's vertices (V,), to take grain from: those that
    together show most of it."""
    model = BodyModel.load()
    area = vertex_areas(model.mean_vertices, model.triangles)
    best, rows = np.zeros_like(weights[0]), list[int]()
    for _ in range(min(FRAMES, len(weights))):
        shown = [float((np.maximum(best, weight) * area).sum()) for weight in weights]
        rows.append(int(np.argmax(shown)))
        best = np.maximum(best, weights[rows[-1]])
    return list(dict.fromkeys(rows))


def find_grain(texels: Texels, shown: Iterable[tuple[Float, Float]], fill: Float) -> Grain:
    """Of the body, whose colours 0-255 are `fill` (V, 3), in what frames show of the atlas's texels: (N, 4) colours
    0-255 and metres that folds rise, and (N,) how far they are trusted."""
    seen, trusted = np.zeros((len(texels.face), 4), np.float32), np.zeros(len(texels.face), np.float32)
    for theirs, trust in shown:
        better = trust > trusted
        seen[better], trusted[better] = theirs[better], trust[better]
    corners = Regions.of(fill).labels[BodyModel.load().triangles[texels.face]]
    cloth = texels.interpolate(1.0 - bare_skin(fill)[:, None])
    whole = (corners == corners[:, :1]).all(axis=1) & (trusted > SURE) & (cloth[:, 0] > CLOTH)
    shape = texels.size, texels.size
    picture, labels, result = np.zeros((*shape, 4), np.float32), np.full(shape, -1), np.zeros((*shape, 4), np.float32)
    picture[texels.rows, texels.columns] = seen
    labels[texels.rows[whole], texels.columns[whole]] = corners[whole, 0]
    own = np.take_along_axis(corners, texels.barycentric.argmax(axis=1)[:, None], axis=1)[:, 0]
    for label in np.unique(own):
        there = own == label
        places = np.stack([texels.rows[there], texels.columns[there]], axis=1)
        for reach in REACHES:
            middles = middles_of(labels == label, reach)
            if len(middles) < LEAST:
                continue
            source = without_light(picture, labels == label, LIGHT * reach)
            patches = typical(source[..., :3], middles, reach)
            if len(patches) >= LEAST:
                result[places[:, 0], places[:, 1]] = laid(source, patches, reach, places) * cloth[there]
            break
    # Places on the border of a chart are half beside it.
    result = spread_out(result, texels)
    return Grain(np.clip(result[..., :3], -127, 127), np.clip(LOWER * result[..., 3], -HIGHEST, HIGHEST))

"""The grain of cloth and hair: camouflage, folds and curls that the clip shows go on where nobody looked.

What a cloth's colours have beside its light is cut into patches, which are laid beside each other in random order, so
that no borders show and nothing repeats. It belongs to the body's surface and is the same in every frame. Skin has
none: it would look like hair on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import GRAIN, read_arrays
from ..body.model import BodyModel
from ..face.body_face import face_share
from ..job import Job
from ..parallel import threads
from ..render.hits import vertex_areas, vertex_normals
from ..surface.silhouette import neighbour_average
from .head import skin_colour
from .regions import Regions, apart_in_light
from .unwrap import Texels, body_unwrap, sample

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]

# Texels along the side of its atlas, and frames that it is taken from.
SIZE, FRAMES = 1024, 3
# Half a patch, texels, about 4 cm; limbs, hair and other small things are cut into smaller ones.
REACHES = (24, 16, 10)
# What changes more slowly than over this part of half a patch is light.
LIGHT = 0.35
# Colours (0-255) that are this near to those of hands and face, in some light, are skin.
SKIN = 30.0
# Patches show texels that are trusted so far, of vertices that are so far of cloth, but for the rest of them.
SURE, CLOTH, WHOLE = 0.6, 0.9, 0.9
# Of the patches, from weak grain to strong, those from the first share to the second: no logo, and nothing blurred. A
# cloth has at most so many, and too few repeat. Grain that is mostly stronger than PRINT, 0-255, is a print, which has
# an order.
TYPICAL, MOST, LEAST, PRINT = (0.2, 0.6), 64, 4, 30.0
# Metres: a surface that faces the other way counts as twice this far away.
TURNED_AWAY = 0.06


@dataclass(frozen=True, eq=False)
class Grain:
    """picture: (SIZE, SIZE, 3) float32, what to add to colours 0-255 of the body's surface that a picture does not
    show."""

    picture: Float

    @classmethod
    def read(cls, job: Job) -> "Grain | None":
        """A job's; None in jobs of versions that had none. Raises RestageError `job_unreadable`."""
        if not job.grain_path.is_file():
            return None
        return cls(read_arrays(job.grain_path, GRAIN)["grain"].astype(np.float32))

    def of(self, texels: Texels) -> Float:
        """(N, 3) at the texels of an atlas of any size."""
        import cv2

        size = (texels.size, texels.size)
        larger = cv2.resize(self.picture, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(larger, np.float32)[texels.rows, texels.columns]

    def around(self, vertices: Float, faces: Indices, body_vertices: Float) -> Float:
        """(N, 3) at each vertex of a mesh, (N, 3) world with (T, 3) faces, from the nearest place of the posed body,
        (V, 3) world, that faces the same way."""
        import trimesh
        from scipy.spatial import KDTree

        model, unwrap = BodyModel.load(), body_unwrap()
        outer = np.flatnonzero(model.exterior[model.triangles].all(axis=1))
        corners = model.triangles[outer]
        normals = vertex_normals(body_vertices, model.triangles)
        body = np.hstack([body_vertices, TURNED_AWAY * normals])[corners].mean(axis=1)
        mesh = np.hstack([vertices, TURNED_AWAY * vertex_normals(vertices, faces)])
        nearest = np.asarray(KDTree(body).query(mesh, workers=threads())[1])
        weights = trimesh.triangles.points_to_barycentric(body_vertices[corners[nearest]].astype(np.float64), vertices)
        weights = np.clip(np.nan_to_num(weights, nan=1 / 3), 0.0, 1.0)
        weights /= weights.sum(axis=1, keepdims=True)
        uv = np.einsum("nk,nkc->nc", weights, unwrap.uv[unwrap.triangles[outer[nearest]]])
        return sample(self.picture, uv)


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
    """Of the body, whose colours 0-255 are `fill` (V, 3), in what frames show of the atlas's texels: colours (N, 3)
    0-255, and (N,) how far they are trusted."""
    colours, trusted = np.zeros((len(texels.face), 3), np.float32), np.zeros(len(texels.face), np.float32)
    for theirs, trust in shown:
        better = trust > trusted
        colours[better], trusted[better] = theirs[better], trust[better]
    corners = Regions.of(fill).labels[BodyModel.load().triangles[texels.face]]
    cloth = texels.interpolate(_cloth(fill)[:, None])
    whole = (corners == corners[:, :1]).all(axis=1) & (trusted > SURE) & (cloth[:, 0] > CLOTH)
    shape = texels.size, texels.size
    picture, labels, result = np.zeros((*shape, 3), np.float32), np.full(shape, -1), np.zeros((*shape, 3), np.float32)
    picture[texels.rows, texels.columns] = colours
    labels[texels.rows[whole], texels.columns[whole]] = corners[whole, 0]
    own = np.take_along_axis(corners, texels.barycentric.argmax(axis=1)[:, None], axis=1)[:, 0]
    for label in np.unique(own):
        there = own == label
        places = np.stack([texels.rows[there], texels.columns[there]], axis=1)
        for reach in REACHES:
            middles = _middles(labels == label, reach)
            if len(middles) < LEAST:
                continue
            source = _without_light(picture, labels == label, LIGHT * reach)
            patches = _typical(source, middles, reach)
            if len(patches) >= LEAST:
                result[places[:, 0], places[:, 1]] = _laid(source, patches, reach, places) * cloth[there]
            break
    return Grain(np.clip(result, -127, 127))


def _cloth(fill: Float) -> Float:
    """(V,) 0-1 which of the body's vertices are neither face nor hand, nor have the colours of either, (V, 3)."""
    model = BodyModel.load()
    hand, face = model.of_parts("hand"), face_share() > 0
    skin = hand | face
    for part in (hand, face):
        colour = skin_colour(fill[part])
        if colour is not None:
            skin |= apart_in_light(fill, colour) < SKIN
    return np.where(skin, 0.0, neighbour_average() @ (~skin).astype(np.float32)).astype(np.float32)


def _middles(shown: Mask, reach: int) -> Indices:
    """(P, 2) row and column of the middles of patches that lie almost wholly in what a picture has `shown` (S, S)."""
    import cv2

    # What is beyond the picture is not shown.
    share = cv2.blur(shown.astype(np.float32), (2 * reach + 1, 2 * reach + 1), borderType=cv2.BORDER_CONSTANT)
    step = max(1, reach // 4)
    middles = np.argwhere(share[::step, ::step] > WHOLE) * step
    return middles[((middles >= reach) & (middles < len(shown) - reach)).all(axis=1)]


def _without_light(picture: Float, shown: Mask, width: float) -> Float:
    """(S, S, 3) the picture's colours, where it is `shown` (S, S), against those around."""
    import cv2

    share = shown.astype(np.float32)[..., None]
    total = np.concatenate([picture * share, share], axis=2)
    soft = np.asarray(cv2.GaussianBlur(total, (0, 0), width), np.float32)
    return share * (picture - soft[..., :3] / np.maximum(soft[..., 3:], 1e-6))


def _typical(source: Float, middles: Indices, reach: int) -> Indices:
    """At most MOST of the patches (P, 2), none of much weaker or stronger grain than the others."""
    import cv2

    side = 2 * reach + 1
    strength = np.sqrt(cv2.blur((source**2).mean(axis=2), (side, side))[middles[:, 0], middles[:, 1]])
    if np.median(strength) > PRINT:
        return middles[:0]
    low, high = np.quantile(strength, TYPICAL)
    typical = middles[(strength >= low) & (strength <= high)]
    return np.random.default_rng(len(typical)).permutation(typical)[:MOST]


def _laid(source: Float, patches: Indices, reach: int, places: Indices) -> Float:
    """(M, 3) at places (M, 2), row and column, the picture's `patches` (P, 2) on a lattice of triangles, as strong
    everywhere as one alone (variance-preserving blending: Heitz and Neyret, High-Performance By-Example Noise using a
    Histogram-Preserving Blending Operator, HPG 2018, section 3)."""
    up, left = np.sqrt(0.75) * reach, reach / 2
    row = places[:, 0] / up
    lattice = np.stack([row, (places[:, 1] - left * row) / reach], axis=1)
    first = np.floor(lattice).astype(int)
    within = lattice - first
    # A rhombus is two triangles, of which one is the other turned over.
    over = within.sum(axis=1, keepdims=True) > 1.0
    within = np.where(over, 1.0 - within, within)
    weights = np.column_stack([1.0 - within.sum(axis=1), within]).astype(np.float32)
    chosen = np.random.default_rng(len(patches)).integers(len(patches), size=(2 * len(source) // reach + 4,) * 2)
    total = np.zeros((len(places), 3), np.float32)
    for weight, corner in zip(weights.T, ((0, 0), (1, 0), (0, 1)), strict=True):
        node = first + np.where(over, np.subtract(1, corner), corner)
        middle = np.stack([up * node[:, 0], reach * node[:, 1] + left * node[:, 0]], axis=1)
        taken = patches[chosen[node[:, 0], node[:, 1]]] + np.clip(np.round(places - middle), -reach, reach).astype(int)
        total += weight[:, None] * source[taken[:, 0], taken[:, 1]]
    return total / np.linalg.norm(weights, axis=1, keepdims=True)

"""The character's normal map: folds and collars of the frames' meshes, whose triangles are finer than its own.

In tangent space, +Y up, as Blender and glTF read it. It is the mean of the texture's keyframes, the better view
counting more: what stays, collars and plackets, adds up; folds that come and go are softer. Places that no frame shows
have the folds of the grain of their cloth (core/texture/grain.py).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..frame import ClipReader
from ..job import Job
from ..open.kept import body_share
from ..picture import Picture
from ..ply import read_ply
from ..render import CameraView, Hits, MeshCaster, silhouette, vertex_normals
from ..spaces import Camera, Crop
from ..surface.sampling import sample as sample_picture
from ..texture.unwrap import Texels, body_unwrap, hit_uv, sample, spread_out
from .tangents import TangentSpace, bumpy

# Pixels along a side of the crop in which a frame's normals are looked at; about 4 mm, its triangles are larger.
SIZE = 512
# Metres between the character and the frame's mesh: further apart, they are not the same surface.
SAME = 0.03
# Weight of what is hidden against what keyframes show; and the least cosine of a normal to the character's own.
UNSEEN, STEEPEST = 0.05, 0.35
# Folds of hidden places are as soft as those of meshes: this part of the atlas's side, about 3 mm.
SOFT = 0.002

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]


class FrameNormals:
    """The normals of a frame's own mesh, as its camera sees them."""

    def __init__(self, vertices: Float, faces: npt.NDArray[np.integer], camera: Camera, crop: Crop) -> None:
        """vertices: (V, 3) world metres; faces: (T, 3); crop: around the person."""
        self._view = CameraView(camera, SIZE, SIZE, crop)
        hits = MeshCaster(vertices, faces).cast(self._view)
        self._normals = np.zeros((SIZE, SIZE, 3), np.float32)
        self._normals[silhouette(hits)] = hits.interpolate(vertex_normals(vertices, faces))
        self._depth = np.where(np.isfinite(hits.depth), hits.depth, 0.0).astype(np.float32)

    def at(self, places: Float) -> tuple[Float, npt.NDArray[np.bool_]]:
        """(N, 3) world unit normals where the camera sees the places (N, 3), and (N,) whether the mesh is there."""
        x, y = (self._view.pixels(places) - 0.5).T[:, :, None]
        found = sample_picture(self._normals, x, y)[:, 0]
        length = np.linalg.norm(found, axis=1, keepdims=True)
        pose = self._view.camera_to_world
        depth = (pose[:3, 3] - places) @ pose[:3, 2]
        near = np.abs(sample_picture(self._depth, x, y)[:, 0] - depth) < SAME
        return found / np.maximum(length, 1e-6), near & (length[:, 0] > 0.5)


class NormalMap:
    """The normal map in the making, half as large as the texture: normals change more slowly than colours."""

    def __init__(self, texels: Texels, relief: Float) -> None:
        """texels: the texture's; relief: (S, S) metres by which the body's surface rises where no frame shows it, in an
        atlas of any size."""
        import cv2

        self._texels, kept = texels.half()
        soft = np.asarray(cv2.GaussianBlur(relief, (0, 0), SOFT * len(relief)), np.float32)
        self._total = UNSEEN * bumpy(soft, self._texels)
        self._numbers = np.full(len(texels.face), -1)
        self._numbers[kept] = np.arange(len(kept))

    def add(self, vertices: Float, shown: FrameNormals, chosen: Indices, weights: Float) -> None:
        """What a keyframe shows of the chosen of the texture's texels (M,), by their weights (M,); vertices: (V, 3)
        world, the posed character's."""
        texels, numbers = self._texels, self._numbers[chosen]
        chosen, weights = numbers[numbers >= 0], weights[numbers >= 0]
        directions, there = shown.at(texels.interpolate(vertices, chosen))
        axes = TangentSpace(vertices).axes(texels.face[chosen], texels.barycentric[chosen])
        normals = np.einsum("nij,nj->ni", axes, directions)
        weights = weights * (there & (normals[:, 2] > STEEPEST))
        self._total[chosen] += normals * weights[:, None]

    def picture(self) -> Picture:
        """(size / 2, size / 2, 3), of the texture's size. Hands and faces have the body's."""
        texels = self._texels
        normals = self._total / np.linalg.norm(self._total, axis=1, keepdims=True)
        normals[:, :2] *= 1.0 - texels.interpolate(body_share()[:, None])
        atlas = np.full((texels.size, texels.size, 3), (128, 128, 255), np.uint8)
        atlas[texels.rows, texels.columns] = np.clip(normals * 127.5 + 128.0, 0, 255)
        return spread_out(atlas, texels)


def frame_normals(job: Job, reader: ClipReader) -> Callable[[int], FrameNormals | None]:
    """What fetches the normals of a frame's mesh; None where it has no mesh."""

    def of(number: int) -> FrameNormals | None:
        if not job.mesh_path(number).exists():
            return None
        vertices, faces, _ = read_ply(job.mesh_path(number))
        return FrameNormals(vertices, faces, reader.camera, reader.crops[number])

    return of


def mapped_normals(hits: Hits, vertices: Float, normal_map: Picture) -> Float:
    """(M, 3) world unit normals at the pixels of a picture of the character, in `silhouette` order, with its normal
    map; vertices: (V, 3) world, the posed character's."""
    seen = silhouette(hits)
    face, barycentric = hits.face[seen], hits.barycentric[seen]
    unwrap = body_unwrap()
    local = sample(normal_map, hit_uv(hits, unwrap.uv, unwrap.triangles)) / 127.5 - 1.0
    normals = np.einsum("nij,ni->nj", TangentSpace(vertices).axes(face, barycentric), local)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)

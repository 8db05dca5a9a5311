"""Registered frames follow their pictures: what slid along the surface comes back to where the picture shows it."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..frame import ClipReader
from ..parallel import overlapped
from ..render import MeshCaster, vertex_areas, vertex_normals
from ..spaces import Camera
from ..surface.stage import sample_frames
from ..texture.limbs import clear_of_limbs
from ..texture.projection import Photograph
from ..texture.unwrap import texels_of
from .alignment import Atlas, movement
from .painting import Keyframe, paint, photographs
from .smoothing import smoother
from .views import judge_views

# Texels along the draft's side; frames that are looked at for it, and most that paint it; rounds of moving them.
SIZE, FRAMES, KEYFRAMES, ROUNDS = 1024, 16, 8, 3
# Fewer frames have nothing to follow.
LEAST = 3
# Metres over which vertices move alike; weight of staying where they are.
EVEN, REST = 0.012, 0.01
# Cosines of the angle of view from which a place is followed, and fully; along the view a way is at most so many times
# as long as across it.
ASIDE, FACING, STEEPEST = 0.3, 0.6, 1.0

Float = npt.NDArray[np.float32]


def draft_texture(reader: ClipReader, numbers: Sequence[int], vertices: Callable[[int], Float]) -> Atlas | None:
    """A small texture of what the frames `numbers` show, whose registered vertices (V, 3) world metres are fetched when
    they are needed: the mean of keyframes, then of keyframes moved onto it. None of too few frames."""
    if len(numbers) < LEAST:
        return None
    camera, model, photograph = reader.camera, BodyModel.load(), photographs(reader, vertices)
    chosen = sample_frames(reader.telling(numbers), FRAMES)
    views = judge_views(lambda number: (vertices(number), photograph(number)), chosen, camera)
    rows = views.keyframes(vertex_areas(model.mean_vertices, model.triangles))[:KEYFRAMES]
    texels, draft = texels_of(SIZE), None

    def keyframe(row: int) -> Keyframe:
        return Keyframe(row, rows, vertices(chosen[row]), photograph(chosen[row]), camera, texels, views)

    keyframes = list(overlapped(keyframe, rows))
    for _ in range(ROUNDS):
        draft = paint(keyframes.__getitem__, range(len(rows)), texels, draft).atlas(texels)
    return draft


def followed(vertices: Float, seen: Float, photograph: Photograph, camera: Camera, draft: Atlas) -> tuple[Float, Float]:
    """(V, 3) metres, world, by which vertices (V, 3) of a frame slide along their surface to where its photograph has
    what the draft shows there; and (V,) 0-1 how far that is believed. seen: (V,) 0-1, how well the camera sees each."""
    triangles = BodyModel.load().triangles
    caster = MeshCaster(vertices, triangles)
    found = movement(photograph, caster, camera, draft)
    photograph = clear_of_limbs(photograph, caster, camera)
    pixels = camera.project(vertices)
    rays = vertices - camera.camera_to_world[:3, 3]
    depth = -camera.world_to_camera(vertices)[:, 2:]
    across = (found.moved(pixels) - pixels) * [1.0, -1.0] * (depth / camera.focal)
    ways = across @ camera.camera_to_world[:3, :2].T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    normals = vertex_normals(vertices, triangles)
    facing = -(normals * rays).sum(axis=1)
    # Along the ray nothing changes in the picture, so it brings the way back to the surface.
    length = STEEPEST * np.linalg.norm(ways, axis=1)
    back = (normals * ways).sum(axis=1) / np.maximum(facing, 0.1)
    ways = ways + np.clip(back, -length, length)[:, None] * rays
    trust = (
        seen
        * photograph.purities(pixels)
        * found.beliefs(pixels)
        * np.clip((facing - ASIDE) / (FACING - ASIDE), 0.0, 1.0)
    )
    return ways.astype(np.float32), trust.astype(np.float32)


def even(ways: Float, trust: Float) -> Float:
    """(V, 3) ways in the rest pose, by their trust (V,), alike over the surface."""
    return smoother(EVEN).average(ways, trust, REST)

"""The form of the person's own face, from its landmarks over the clip."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from .body_face import BodyFace
from .files import ClipFace
from .fit import face_turns
from .network import EYES, MOUTH
from .spread import spread

if TYPE_CHECKING:
    from ..body.fit import BodyMotion

Float = npt.NDArray[np.float32]

# Of frames together so sure and well seen the face is believed by half.
EVIDENCE = 2.0
# A head may be so much smaller or larger than the body's.
SIZES = (0.85, 1.15)
# The inner lips' landmarks, upper and lower: a mouth that the body keeps closed does not open.
LIPS = np.array([[13, 82, 312, 81, 311, 80, 310, 191, 415], [14, 87, 317, 178, 402, 88, 318, 95, 324]])
# Metres: landmarks that differ by more are none of a face; their noise; and the way over which what they say fades
# around them.
MOST, NOISE, FADE = 0.02, 0.005, 0.05


def own_face(motion: "BodyMotion", face: ClipFace | None) -> Float | None:
    """(V, 3) metres by which the vertices of the body's rest pose move for the person's own face; None where the clip
    shows none. motion: the fitted body, camera axes, whose head is turned as the face is."""
    if face is None or not face.belief.any():
        return None
    model = BodyModel.load()
    rest = model.rest_vertices(motion.shape, motion.scale)
    body = BodyFace.load()
    theirs, weight = _landmarks(face, motion)
    places = body.on(rest)
    # What the network would see in this body: its manner, and this body's form.
    seen = motion.scale * (body.seen - body.on(model.mean_vertices)) + places
    ways = theirs - (seen - seen.mean(axis=0))
    ways -= ways.mean(axis=0)
    ways *= np.minimum(1.0, MOST / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9))
    ways[LIPS] = ways[LIPS].mean(axis=0)
    believed = weight / (weight + EVIDENCE)
    return _spread(ways * believed[:, None], places, rest, model)


def _landmarks(face: ClipFace, motion: "BodyMotion") -> tuple[Float, Float]:
    """(N, 3) metres, the mean face in the rest pose's axes, around its middle; and (N,) how much was seen of each."""
    model = BodyModel.load()
    trust = face.belief
    turns, sizes = (values.numpy() for values in face_turns(face))
    points = face.points * np.array([1, -1, -1], np.float32)
    points = points - points.mean(axis=1, keepdims=True)
    around = np.einsum("fji,fnj->fni", turns, points) / sizes[:, None, None]
    depth = -motion.landmarks[:, [*EYES, *MOUTH], 2].mean(axis=1)
    ratio = sizes * depth / (motion.focal * motion.scale)
    size = float(np.clip(np.average(ratio, weights=trust), *SIZES))
    facing = np.einsum("ni,fi->fn", _normals(model), turns[:, 2])
    weight = trust[:, None] * np.maximum(facing, 0.0)
    # Where no frame sees a landmark, what the network makes of it there.
    share = weight + 1e-6 * trust[:, None]
    mean = np.einsum("fn,fni->ni", share, around) / share.sum(axis=0)[:, None]
    return (motion.scale * size * mean).astype(np.float32), weight.sum(axis=0).astype(np.float32)


def _normals(model: BodyModel) -> Float:
    """(N, 3) of the body's surface at the landmarks, rest pose."""
    from ..render import vertex_normals

    return BodyFace.load().on(vertex_normals(model.mean_vertices, model.triangles))


def _spread(ways: Float, places: Float, rest: Float, model: BodyModel) -> Float:
    """(V, 3): the landmarks' ways (N, 3) carried on to the head around them, eyes and teeth included, and fading."""
    moved = np.zeros_like(rest)
    head = np.flatnonzero(model.of_parts("head", "neck"))
    moved[head] = spread(places, ways, rest[head], FADE, NOISE)
    return moved

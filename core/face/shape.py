"""The form of the person's own face, from its landmarks over the clip."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..body.sight import sight_turns
from .body_face import BodyFace
from .files import ClipFace
from .fit import face_trust, face_turns
from .network import EYES, MOUTH

if TYPE_CHECKING:
    from ..body.fit import BodyMotion
    from ..body.observations import Observations

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


def own_face(motion: "BodyMotion", face: ClipFace | None, observed: "Observations") -> Float | None:
    """(V, 3) metres by which the vertices of the body's rest pose move for the person's own face; None where the clip
    shows none. motion: the fitted body, camera axes, whose head is turned as the face is."""
    trust = None if face is None else face_trust(face)
    if face is None or trust is None or not (trust > 0).any():
        return None
    model = BodyModel.load()
    rest = model.rest_vertices(motion.shape, motion.scale)
    body = BodyFace.of(model)
    theirs, weight = _landmarks(face, trust, motion, observed)
    places = body.on(rest)
    # What the network would see in this body: its manner, and this body's form.
    seen = motion.scale * (body.seen - body.on(model.mean_vertices)) + places
    ways = theirs - (seen - seen.mean(axis=0))
    ways -= ways.mean(axis=0)
    ways *= np.minimum(1.0, MOST / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9))
    ways[LIPS] = ways[LIPS].mean(axis=0)
    believed = weight / (weight + EVIDENCE)
    return _spread(ways * believed[:, None], places, rest, model)


def _landmarks(face: ClipFace, trust: Float, motion: "BodyMotion", observed: "Observations") -> tuple[Float, Float]:
    """(N, 3) metres, the mean face in the rest pose's axes, around its middle; and (N,) how much was seen of each."""
    model = BodyModel.load()
    turned, sizes = face_turns(face, observed)
    turns = (sight_turns(face.points[..., :2].mean(axis=1), observed).transpose(1, 2) @ turned).numpy()
    points = face.points * np.array([1, -1, -1], np.float32)
    points = points - points.mean(axis=1, keepdims=True)
    around = np.einsum("fji,fnj->fni", turns, points) / sizes.numpy()[:, None, None]
    used = trust > 0
    depth = -motion.landmarks[:, [*EYES, *MOUTH], 2].mean(axis=1)
    ratio = sizes.numpy() * depth / (motion.focal * motion.scale)
    size = float(np.clip(np.average(ratio[used], weights=trust[used]), *SIZES))
    facing = np.einsum("ni,fi->fn", _normals(model), turns[:, 2])
    weight = trust[:, None] * np.maximum(facing, 0.0)
    # Where no frame sees a landmark, what the network makes of it there.
    share = weight + 1e-6 * trust[:, None]
    mean = np.einsum("fn,fni->ni", share, around) / share.sum(axis=0)[:, None]
    return (motion.scale * size * mean).astype(np.float32), weight.sum(axis=0).astype(np.float32)


def _normals(model: BodyModel) -> Float:
    """(N, 3) of the body's surface at the landmarks, rest pose."""
    from ..render import vertex_normals

    return BodyFace.of(model).on(vertex_normals(model.mean_vertices, model.triangles))


def _spread(ways: Float, places: Float, rest: Float, model: BodyModel) -> Float:
    """(V, 3): the landmarks' ways (N, 3) carried on to the head around them, eyes and teeth included, and fading."""
    from scipy.interpolate import RBFInterpolator
    from scipy.spatial import KDTree

    moved = np.zeros_like(rest)
    head = np.flatnonzero(model.of_parts("head", "neck"))
    away, _ = KDTree(places).query(rest[head])
    near = away < FADE
    between = RBFInterpolator(places, ways, smoothing=NOISE, kernel="linear", degree=0)
    share = np.cos(np.pi / 2 * away[near] / FADE) ** 2
    moved[head[near]] = between(rest[head[near]]) * share[:, None]
    return moved.astype(np.float32)

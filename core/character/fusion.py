"""What the frames show together: the clothed person in the rest pose, and what each frame adds to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..open.kept import body_share
from ..rows import FrameRows
from ..surface.seat import cover_seat
from ..texture.body_colours import weighted_median
from .smoothing import smoother

Float = npt.NDArray[np.float32]
Half = npt.NDArray[np.float16]

# At most so many frames, evenly spread, are fused: neighbours look alike.
FUSED = 96
# How much a frame's guess of what it does not see counts against sight: all together at least the first, so that in
# short clips what a single frame sees otherwise, the back of a lifted leg, does not count against all others; each at
# least and at most the others.
GUESSES, GUESS, LARGEST_GUESS = 1.8, 0.03, 0.1
# Metres: smoothing of the fused shape; and of it where triangles would fold over, from one round to the next.
TEMPLATE_LENGTH, UNFOLDING_LENGTH, UNFOLDING_ROUNDS = 0.006, 0.03, 4
# A triangle that turns by more than its cosine, or grows or shrinks by more than this factor, is folded or torn.
TURNED, STRETCHED = 0.2, 4.0
# Metres: a limb's shift as a whole, its form, and folds. Beyond the cuts it is another thing's, a ball's.
SHIFT_LENGTH, FORM_LENGTH, FOLD_LENGTH = 0.08, 0.03, 0.006
FORM_CUT, FOLD_CUT = 0.03, 0.015
# Of a limb's shift: parts of the limb may differ from it by so much.
TURNING = 0.7
# Seconds: one standard deviation of the smoothing over time for the steadiness 1; and less than any frame lasts.
SMOOTHING, NO_SMOOTHING = 0.06, 0.001
# Weight of "as the template" against what a frame shows.
REST = 0.05


@dataclass(frozen=True, eq=False)
class Displacements:
    """Of F frames: way (F, V, 3) from the naked body to the frame's surface, metres in the rest pose; sure, seen:
    (F, V) 0-1, see registration.Registered; times: (F,) seconds, ascending. Half precision and on disk: clips are
    long."""

    way: FrameRows
    sure: FrameRows
    seen: FrameRows
    times: npt.NDArray[np.float64]

    @classmethod
    def empty(cls, times: npt.NDArray[np.float64], folder: Path) -> "Displacements":
        """Frames without a surface stay as they are here: sure of nothing. folder: on whose disk they are kept."""
        shape = len(times), len(BodyModel.load().mean_vertices)
        way, sure, seen = (FrameRows.scratch(folder, of, np.float16) for of in ((*shape, 3), shape, shape))
        return cls(way, sure, seen, times)


def fuse(frames: Displacements, naked: Float) -> Float:
    """(V, 3) displacements, metres, that dress the naked body (V, 3) in the rest pose: the weighted median of what the
    frames show, by visibility and angle of view; a place that none shows is what most frames guess."""
    rows = np.unique(np.linspace(0, len(frames.times) - 1, min(FUSED, len(frames.times))).round().astype(int))
    seen = frames.seen[rows].astype(np.float32)
    guess = np.clip(GUESSES / len(rows), GUESS, LARGEST_GUESS)
    weights = frames.sure[rows].astype(np.float32) * (guess + seen**2)
    median = weighted_median(frames.way[rows].astype(np.float32), weights)
    known = np.minimum(weights.sum(axis=0), 1.0)
    # What cloth spans is not smooth against the skin below.
    seat = cover_seat(naked, 1.0) - naked
    shape = smoother(TEMPLATE_LENGTH).average(median - seat, known, 1e-3)
    return seat + unfolded(naked + seat, shape * (1.0 - body_share())[:, None])


def unfolded(naked: Float, displacement: Float) -> Float:
    """The displacement (V, 3), smoothed where it would fold triangles over or tear them."""
    triangles = BodyModel.load().triangles
    before, size = _triangle_normals(naked, triangles)
    for _ in range(UNFOLDING_ROUNDS):
        after, new_size = _triangle_normals(naked + displacement, triangles)
        growth = new_size / size
        bad = ((before * after).sum(axis=1) < TURNED) | (growth > STRETCHED) | (growth < 1 / STRETCHED)
        if not bad.any():
            break
        share = np.zeros(len(naked), np.float32)
        share[triangles[bad].ravel()] = 1.0
        share = np.clip(3.0 * smoother(UNFOLDING_LENGTH / 3).smooth(share[:, None]), 0.0, 1.0).astype(np.float32)
        smooth = smoother(UNFOLDING_LENGTH).smooth(displacement)
        displacement = (displacement + share * (smooth - displacement)).astype(np.float32)
    return displacement


def moving(frames: Displacements, template: Float, steadiness: float = 1.0) -> Iterator[Float]:
    """For every frame the displacements (V, 3) of the rest pose's naked body, steady over time: the template's, limbs
    shifted and forms bent to where the frame has them, and the folds that its camera sees. steadiness: how long the
    smoothing over time is, 0 for none."""
    seconds = max(SMOOTHING * steadiness, NO_SMOOTHING)
    # Of the frames around the one that is made.
    bends: dict[int, Half] = {}
    trust = np.array([sure.mean(dtype=np.float32) for sure in frames.sure])
    bare = (1.0 - body_share())[:, None]
    for row in range(len(frames.times)):
        kernel, near = _kernel(frames.times, row, seconds)
        bends = {other: bends[other] if other in bends else _bend(frames, other, template) for other in near.tolist()}
        bent, way = np.stack(list(bends.values())), frames.way[near]
        weights = kernel * np.maximum(trust[near], 1e-3)
        steady = np.tensordot(weights / weights.sum(), bent.astype(np.float32), axes=1)
        folds = way.astype(np.float32) - template - bent
        weights = kernel[:, None] * _known(folds, frames.sure[near] * frames.seen[near], FOLD_CUT)
        total = weights.sum(axis=0)
        mean = (weights[..., None] * folds).sum(axis=0) / np.maximum(total, 1e-6)[:, None]
        yield template + steady + bare * smoother(FOLD_LENGTH).average(mean, total, REST)


def _bend(frames: Displacements, row: int, template: Float) -> Half:
    """(V, 3) how a frame's limbs are shifted as wholes against the template, on all their sides, and how forms that its
    camera sees are bent; what differs from both, a ball, does not count."""
    difference, sure, seen = frames.way[row] - template, frames.sure[row], frames.seen[row]
    shift = smoother(SHIFT_LENGTH).average(difference, sure.astype(np.float32), REST)
    # A forearm that turns about the elbow is far from its mean, the more the further it goes.
    cut = np.maximum(FORM_CUT, TURNING * np.linalg.norm(shift, axis=1))
    shift = smoother(SHIFT_LENGTH).average(difference, _known(difference - shift, sure, cut), REST)
    form = difference - shift
    bend = shift + smoother(FORM_LENGTH).average(form, _known(form, sure * seen, FORM_CUT), REST)
    return bend.astype(np.float16)


def _known(values: Float, sure: npt.NDArray, cut: float | Float) -> Float:
    """(...,) weights of values (..., 3): outliers, which exceed the cut, one or (...,), count little (Geman and McClure
    1987)."""
    size = np.linalg.norm(values, axis=-1)
    return (sure.astype(np.float32) / (1 + (size / cut) ** 2) ** 2).astype(np.float32)


def _kernel(times: npt.NDArray[np.float64], row: int, seconds: float) -> tuple[Float, npt.NDArray[np.intp]]:
    """Weights (N,), summing to 1, of the frames (N,) around one."""
    near = np.flatnonzero(np.abs(times - times[row]) <= 3 * seconds)
    weights = np.exp(-0.5 * ((times[near] - times[row]) / seconds) ** 2)
    return (weights / weights.sum()).astype(np.float32), near


def _triangle_normals(vertices: Float, triangles: npt.NDArray[np.integer]) -> tuple[Float, Float]:
    """Unit normals (T, 3) and doubled areas (T,)."""
    corners = vertices[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    return normals / size[:, None], size

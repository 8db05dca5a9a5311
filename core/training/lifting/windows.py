"""Windows of motion as the lifting network sees them, drawn without end: other arms, other builds, any camera."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...lifting.sight import LANDMARKS, from_hips, inputs
from .moves import BONES, LIMBS, TRUNK, Move
from .people import HEIGHT, LandmarkedPeople
from .sightings import Sightings

Float = npt.NDArray[np.float32]

FRAMES = 32
# How often a window holds one moment only: a picture.
STILL = 0.3
# Logarithm of how fast a move is played.
SPEED_SPREAD = 0.3
# Longer moves are drawn more often, but not by as much.
LENGTH_POWER = 0.7
# How often a limb comes from another move: arms, legs; how often and by how much it is turned, radians.
BORROWED, TURNED, TURN = (0.35, 0.12), 0.5, 0.25
BENT, BEND = 0.3, 0.12
# People lean and cameras tilt; some lie.
LEAN, LYING, LAID = 0.12, 0.1, 0.8
PITCHES, FOCALS, SHARES = (-12.0, 25.0), (0.8, 2.5), (0.3, 0.75)
# Metres: nobody comes nearer to the camera than that, or walks further towards it in a window.
NEAREST, APPROACH = 1.6, 1.5
# Spread of the logarithm of a bone's length.
BUILD_SPREAD = 0.04
# Sightings of which the one most alike lends its errors; how much of them; sizes and metres of what differs from frame
# to frame.
AMONG, SHARE_OF_ERROR, FLICKER, DEPTH_FLICKER = 24, (0.5, 1.3), 0.02, 0.015


@dataclass(frozen=True, eq=False)
class Windows:
    """What windows are drawn from; varied: whether moves are changed, for training, not for measuring."""

    moves: list[Move]
    people: LandmarkedPeople
    sightings: Sightings
    varied: bool

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs (N, T, INPUTS) and guess (N, T, 33, 3) of the network, and the truth (N, T, 33, 3), metres."""
        drawn = [self._move(rng) for _ in range(count)]
        longest = max(len(turns) for turns, _, _ in drawn)
        turns = torch.from_numpy(np.stack([_padded(turns, longest) for turns, _, _ in drawn]))
        places = np.stack([_padded(places, longest) for _, places, _ in drawn])
        times = np.stack([times for _, _, times in drawn])
        chosen = torch.from_numpy(rng.integers(0, len(self.people), count))
        landmarks = self.people.posed(chosen, turns, self._lengths(count, rng)).numpy()
        truth = from_hips(_at(landmarks, times)).astype(np.float32)
        return (*self._seen(truth, _at(places, times), times[:, -1] > 0, rng), torch.from_numpy(truth))

    def _lengths(self, count: int, rng: np.random.Generator) -> Tensor:
        """(N, K) factors of the bones' lengths, the same on both sides."""
        if not self.varied:
            return torch.ones(count, len(BONES))
        lengths = np.exp(rng.normal(0, BUILD_SPREAD, (count, len(BONES))))
        side = (len(BONES) - len(TRUNK) - 1) // 2
        lengths[:, -side:] = lengths[:, -2 * side : -side]
        return torch.from_numpy(lengths.astype(np.float32))

    def _move(self, rng: np.random.Generator) -> tuple[Float, Float, npt.NDArray[np.float64]]:
        """Turns (F, K, 3, 3), places (F, 3), in the camera's axes, and the times (T,) to be seen, in frames."""
        speed = float(np.exp(rng.normal(0, SPEED_SPREAD))) if self.varied else 1.0
        still = rng.random() < STILL
        count = 2 if still else int(np.ceil(FRAMES * speed)) + 2
        turns, places = self._clip(count, rng)
        lean = np.eye(3)
        if self.varied:
            for limb, (trunk, bones) in enumerate(LIMBS):
                self._change(turns, trunk, bones, BORROWED[limb % 2], rng)
            if rng.random() < BENT:
                upper = [*TRUNK, *LIMBS[0][1], *LIMBS[2][1]]
                turns[:, upper] = _random_turn(BEND, rng) @ turns[:, upper]
            lean = _random_turn(LAID if rng.random() < LYING else LEAN, rng)
        view = (_about(0, np.radians(rng.uniform(*PITCHES))) @ lean @ _about(1, rng.uniform(0, 2 * np.pi))).astype(
            np.float32
        )
        places = (places - places[len(places) // 2]) @ view.T
        times = np.zeros(FRAMES) if still else np.linspace(0, min(count - 1.001, (FRAMES - 1) * speed), FRAMES)
        return view @ turns, places, times

    def _clip(self, count: int, rng: np.random.Generator) -> tuple[Float, Float]:
        """So many frames in a row of any move, forwards or backwards; a short move stands still in the end."""
        lengths = np.array([len(move) for move in self.moves]) ** LENGTH_POWER
        move = self.moves[rng.choice(len(self.moves), p=lengths / lengths.sum())]
        start = rng.integers(0, max(1, len(move) - count))
        frames = np.minimum(np.arange(start, start + count), len(move) - 1)
        frames = frames[:: int(rng.choice([-1, 1]))]
        return move.turns[frames].copy(), move.places[frames].copy()

    def _change(
        self, turns: Float, trunk: int, bones: tuple[int, ...], borrowed: float, rng: np.random.Generator
    ) -> None:
        if rng.random() < borrowed:
            other, _ = self._clip(len(turns), rng)
            to_own = turns[:, trunk] @ np.swapaxes(other[:, trunk], 1, 2)
            turns[:, bones] = to_own[:, None] @ other[:, bones]
        if rng.random() < TURNED:
            turns[:, bones] = _random_turn(TURN, rng) @ turns[:, bones]

    def _seen(
        self, truth: Float, places: npt.NDArray[np.floating], moving: npt.NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """What a camera that looks at the hips sees, with MediaPipe's errors."""
        count = len(truth)
        distance = rng.uniform(*FOCALS, count) * HEIGHT / rng.uniform(*SHARES, count)
        depth = np.maximum(distance[:, None] - np.clip(places[..., 2], -APPROACH, APPROACH), NEAREST)
        tangents = from_hips(truth[..., :2] / (depth[..., None, None] - truth[..., 2:]))
        size = np.median(np.sqrt((tangents**2).sum(axis=(2, 3)) / LANDMARKS), axis=1)[:, None, None, None]
        # Errors change slowly: from those of a pose like the first to those of one like the last.
        first, last = (self.sightings.alike(truth[:, frame], AMONG, rng) for frame in (0, -1))
        share = np.clip(np.linspace(0, 1, FRAMES)[None] + rng.uniform(-0.3, 0.3, (count, 1)), 0, 1)[..., None, None]
        error = rng.uniform(*SHARE_OF_ERROR, (count, 1, 1, 1)) if self.varied else 1.0
        lent = self.sightings
        depths = lent.guess - lent.true
        across, along, visibility = (
            values[first][:, None] * (1 - share) + values[last][:, None] * share
            for values in (lent.across, depths, lent.visibility[..., None])
        )
        flicker = moving[:, None, None, None] * (1.3 - visibility)
        across = error * across + rng.normal(0, FLICKER, across.shape) * flicker
        along = error * along + rng.normal(0, DEPTH_FLICKER, along.shape) * moving[:, None, None, None]
        guess = (truth + along).astype(np.float32)
        return inputs(tangents + size * across, guess, visibility[..., 0]), torch.from_numpy(guess)


def _at(values: npt.NDArray[np.floating], times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(N, F, ...) at (N, T) frames, between them along straight lines -> (N, T, ...)."""
    row, before = np.arange(len(times))[:, None], times.astype(int)
    share = (times - before).reshape(*times.shape, *[1] * (values.ndim - 2))
    after = np.minimum(before + 1, values.shape[1] - 1)
    return values[row, before] * (1 - share) + values[row, after] * share


def _padded(values: Float, length: int) -> Float:
    return np.concatenate([values, np.repeat(values[-1:], length - len(values), axis=0)])


def _random_turn(spread: float, rng: np.random.Generator) -> Float:
    from scipy.spatial.transform import Rotation

    return Rotation.from_rotvec(rng.normal(0, spread, 3)).as_matrix().astype(np.float32)


def _about(axis: int, angle: float) -> npt.NDArray[np.float64]:
    from scipy.spatial.transform import Rotation

    return Rotation.from_rotvec(np.eye(3)[axis] * angle).as_matrix()

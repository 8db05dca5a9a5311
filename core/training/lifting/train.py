"""Trains the lifting network; can be stopped at any moment and gone on with."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...body.model import BodyModel
from ...events import Events
from ...lifting import LIFTER
from ...lifting.network import UNIT, Lifter
from ...lifting.sight import inputs
from ...weights_file import read_weights
from ..dataset import DataSet
from ..training import CHECKPOINT_EVERY, LossLog, Training, weighted
from .moves import load_moves
from .people import LandmarkedPeople
from .sightings import Sightings
from .windows import Windows

BATCH, RATE = 32, 1e-3
# Weights of the losses, all in UNITs.
WEIGHTS = {"depth": 1.0, "likelihood": 1.0, "across": 3.0, "speed": 0.5}
VALIDATE_EVERY, VALIDATED = 500, 256


def train_lifter(
    train_set: DataSet,
    held_out: DataSet,
    motions: Path,
    folder: Path,
    seconds: float,
    events: Events,
    start: Path | None = None,
) -> Training[Lifter]:
    """Train until the run has lasted `seconds` in all, in which the rate falls to its least.

    train_set, held_out: their avatars, and in their folders the sightings of MediaPipe (sightings.py); start: weights
    with which a new run begins, else it begins with nothing. Raises RestageError `dataset_empty`, `motion_unreadable`,
    `weights_unreadable`.
    """
    torch.manual_seed(0)
    windows = windows_of(train_set, motions, "train")
    unseen = windows_of(held_out, motions, "held_out")
    known = unseen.draw(VALIDATED, np.random.default_rng(0))
    lifter = Lifter()
    if start is not None:
        read_weights(lifter, start)
    training = Training.open(folder, LIFTER.stem, lifter, RATE)
    log = LossLog(training, seconds, events)
    network = training.network.train()
    while training.seconds < seconds:
        with training.timed():
            values, guess, truth = windows.draw(BATCH, np.random.default_rng([1, training.step]))
            losses = losses_of(network, values, guess, truth)
            training.advance(weighted(losses, WEIGHTS), seconds)
        log.add(losses)
        if training.step % CHECKPOINT_EVERY == 0:
            training.save()
        if training.step % VALIDATE_EVERY == 0:
            training.log(errors_in_windows(training.mean, known) | errors_in_sightings(training.mean, unseen.sightings))
    training.save()
    return training


def windows_of(dataset: DataSet, motions: Path, split: str) -> Windows:
    """Everything that windows of a split are drawn from."""
    people = LandmarkedPeople.load(dataset.avatars, dataset.folder.parent / "bodies")
    return Windows(load_moves(motions, split), people, Sightings.read(dataset.folder), dataset.varied)


def losses_of(network: Lifter, values: Tensor, guess: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """Mean absolute errors in depth, across it and of its speed, and the negative log-likelihood of the depth under a
    Laplace distribution, whose spread the network says."""
    lifted, spread = network(values, guess)
    known = torch.from_numpy(BodyModel.load().landmark_exists)
    error = (lifted - truth)[:, :, known].abs() / UNIT
    spread = spread[:, :, known]
    speed = (lifted - truth)[:, :, known].diff(dim=1).abs() / UNIT
    return {
        "depth": error[..., 2].mean(),
        "likelihood": (error[..., 2] * torch.exp(-spread) + spread).mean(),
        "across": error[..., :2].mean(),
        "speed": speed.mean(),
    }


def errors_in_windows(network: Lifter, known: tuple[Tensor, Tensor, Tensor]) -> dict[str, float]:
    """Metres that landmarks are off in depth, in windows: of the network, and of MediaPipe."""
    values, guess, truth = known
    with torch.no_grad():
        lifted, _ = network(values, guess)
    return {"window_depth": _depth(lifted, truth), "window_depth_guess": _depth(guess, truth)}


def errors_in_sightings(network: Lifter, sightings: Sightings) -> dict[str, float]:
    """The same for single rendered pictures, as MediaPipe saw them."""
    tangents = sightings.tangents[:, None]
    values = inputs(tangents, sightings.guess[:, None], sightings.visibility[:, None])
    guess, truth = torch.from_numpy(sightings.guess)[:, None], torch.from_numpy(sightings.true)[:, None]
    with torch.no_grad():
        lifted, _ = network(values, guess)
    return {"picture_depth": _depth(lifted, truth), "picture_depth_guess": _depth(guess, truth)}


def _depth(landmarks: Tensor, truth: Tensor) -> float:
    known = torch.from_numpy(BodyModel.load().landmark_exists)
    return round(float((landmarks - truth)[:, :, known, 2].abs().mean()), 5)

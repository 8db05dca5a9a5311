"""Trains Restage's own network; can be stopped at any moment and gone on with."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..errors import RestageError
from ..events import Events
from ..open.network import OpenNet
from ..open.weights import read_open
from .batches import read_batch
from .training import CHECKPOINT_EVERY, LossLog, Training
from .validation import validate

BATCH, POINTS = 8, 3072
RATE = 2e-3
# Of the rate, for a run that begins with weights that know much already: larger steps would first undo it.
STARTED_SHARE = 0.3
# Weights of the losses.
WEIGHTS = {"occupancy": 1.0, "normals": 0.2, "depths": 0.3, "details": 0.8, "colours": 0.4}
VALIDATE_EVERY = 500


def open_training(folder: Path, start: Path | None = None) -> Training[OpenNet]:
    """A run as it was left, or a new one, which begins with the weights of the file `start`, if given."""
    torch.manual_seed(0)
    network = OpenNet() if start is None else read_open(start)
    # The layout that processors convolve fastest.
    network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return Training.open(folder, "open", network, RATE if start is None else RATE * STARTED_SHARE)


def train(
    samples: Path,
    folder: Path,
    seconds: float,
    events: Events,
    held_out: Path | None = None,
    start: Path | None = None,
) -> Training[OpenNet]:
    """Train until the run has lasted `seconds` in all, in which the rate falls to its least.

    held_out: folder of samples to look at now and then (validation.py); without it, none are looked at.
    start: weights to begin a new run with, such as those that Restage ships.
    Raises RestageError `dataset_empty`, and `weights_unreadable` for `start`.
    """
    training = open_training(folder, start)
    network = training.network.train()
    log = LossLog(training, seconds, events)
    for batch, count in _batches(samples, training, seconds):
        with training.timed():
            losses = losses_of(network, batch)
            total = torch.stack([weight * losses[name] for name, weight in WEIGHTS.items()]).sum()
            training.advance(total, seconds)
        log.add(losses, samples=count)
        if training.step % CHECKPOINT_EVERY == 0:
            training.save()
        if held_out is not None and training.step % VALIDATE_EVERY == 0:
            training.log(validate(training.mean, held_out, folder / f"{training.step:06d}.png"))
    training.save()
    return training


def _batches(samples: Path, training: Training[OpenNet], seconds: float) -> Iterator[tuple[dict[str, Tensor], int]]:
    """Batches until the time is up, each read while the network works on the one before; and how many samples there
    are, since new ones may come meanwhile. A step's batch depends on its number and the samples alone."""

    def read(step: int) -> tuple[dict[str, Tensor], int]:
        paths = sorted(samples.glob("*.npz"))
        if not paths:
            raise RestageError("dataset_empty", f"{samples} holds no sample. Make some with `dataset make` first.")
        return read_batch(paths, np.random.default_rng([1, step]), BATCH, POINTS), len(paths)

    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(read, training.step)
        while training.seconds < seconds:
            batch = coming.result()
            coming = reader.submit(read, training.step + 1)
            yield batch


def losses_of(network: OpenNet, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Occupancy: binary cross-entropy; normals and depths of both sides, normals and colours of the details: mean
    absolute error where the person is, depths in units of 5 cm. `error`: share of points on the wrong side, for the
    log."""
    encoded = network.encode(batch["picture"], batch["maps"])
    logits = network.decode(encoded, batch["points"], batch["body"])
    known = batch["known"][:, None]
    fine = functional.interpolate(known, scale_factor=2, mode="nearest")
    total, total_fine = known.sum() + 1e-6, fine.sum() + 1e-6
    sides = (encoded.sides - batch["sides"]).abs() * known
    details = (encoded.details - batch["details"]).abs() * fine
    with torch.no_grad():
        error = ((logits > 0) != (batch["inside"] > 0.5)).float().mean()
        body = ((batch["body"][..., 0] < 0) != (batch["inside"] > 0.5)).float().mean()
    return {
        "occupancy": functional.binary_cross_entropy_with_logits(logits, batch["inside"]),
        "normals": sides[:, [1, 2, 3, 5, 6, 7]].sum() / total / 6,
        "depths": (sides[:, [0, 4]] / 0.023).clamp(max=4.0).sum() / total / 2,
        "details": details[:, :6].sum() / total_fine / 6,
        "colours": details[:, 6:].sum() / total_fine / 3,
        "error": error,
        "body_error": body,
    }

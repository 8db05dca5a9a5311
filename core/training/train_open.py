"""Trains Restage's own network; can be stopped at any moment and gone on with."""

from itertools import count
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from ..events import Events
from ..open.network import OpenNet
from ..weights_file import read_weights
from .batches import Samples
from .networks import new_network
from .pamir.place import read_ahead
from .training import CHECKPOINT_EVERY, LossLog, Training, weighted
from .validation import Validation

BATCH, POINTS = 8, 3072
# Threads that make batches while the network works.
READERS = 2
RATE = 2e-3
# Of the rate, for a run that begins with weights that know much already: larger steps would first undo it.
STARTED_SHARE = 0.3
# Weights of the losses.
WEIGHTS = {"occupancy": 1.0, "normals": 0.2, "depths": 0.3, "details": 0.8, "colours": 0.4}
# Steps after which the picture is kept and more people are measured; a multiple of CHECKPOINT_EVERY.
VALIDATE_EVERY = 500
CPU = torch.device("cpu")


def open_training(
    folder: Path, start: Path | None = None, device: torch.device = CPU, name: str = "open"
) -> Training[OpenNet]:
    """A run as it was left, or a new one of the network `name` (networks.py), which begins with the weights of the file
    `start`, if given. Raises RestageError `bad_arguments`, `weights_unreadable`, and what Training.open raises."""
    torch.manual_seed(0)
    network = new_network(name)
    if start is not None:
        read_weights(network, start)
    # The layout that devices convolve fastest.
    network = network.to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return Training.open(folder, "open", network, RATE if start is None else RATE * STARTED_SHARE)


def train(
    samples: Path,
    folder: Path,
    seconds: float,
    events: Events,
    held_out: Path | None = None,
    start: Path | None = None,
    device: torch.device = CPU,
    name: str = "open",
    batch: int = BATCH,
) -> Training[OpenNet]:
    """Train until the run has lasted `seconds` in all, in which the rate falls to its least.

    held_out: folder of samples to look at with every checkpoint (validation.py); without it, those of the training.
    start, name: see open_training; batch: samples a step.
    Raises RestageError `dataset_empty`, and what open_training raises.
    """
    validation = Validation.of(samples, held_out)
    training = open_training(folder, start, device, name)
    network = training.network.train()
    source = Samples(samples, device)
    log = LossLog(training, seconds, events)
    batches = read_ahead(lambda step: source.batch(step, batch, POINTS), count(training.step), READERS)
    while training.seconds < seconds:
        values = next(batches)
        with training.timed():
            losses = losses_of(network, values)
            training.advance(weighted(losses, WEIGHTS), seconds)
        log.add(losses, samples=len(source.paths))
        if training.step % VALIDATE_EVERY == 0:
            training.save()
            validation.measure(training)
        elif training.step % CHECKPOINT_EVERY == 0:
            training.save()
            validation.show(training)
    batches.close()
    training.save()
    if training.step % VALIDATE_EVERY:
        validation.measure(training)
    return training


def losses_of(network: OpenNet, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Occupancy: binary cross-entropy; normals and depths of both sides, normals and colours of the details: mean
    absolute error where the person is, depths in units of 5 cm. `error`: share of points on the wrong side, for the
    log."""
    # On cards in half precision where that suffices: places and distances need theirs in full, features do not.
    with torch.autocast(batch["picture"].device.type, torch.bfloat16, enabled=batch["picture"].is_cuda):
        encoded = network.encode(batch["picture"], batch["maps"])
    logits = network.decode(encoded, batch["points"], batch["body"])
    known = batch["known"]
    fine = functional.interpolate(known, scale_factor=2, mode="nearest")
    some, some_fine = known.sum() + 1e-6, fine.sum() + 1e-6
    sides = (encoded.sides - batch["sides"]).abs() * known
    details = (encoded.details - batch["details"]).abs() * fine
    with torch.no_grad():
        error = ((logits > 0) != (batch["inside"] > 0.5)).float().mean()
        body = ((batch["body"][..., 0] < 0) != (batch["inside"] > 0.5)).float().mean()
    return {
        "occupancy": functional.binary_cross_entropy_with_logits(logits, batch["inside"]),
        "normals": sides[:, [1, 2, 3, 5, 6, 7]].sum() / some / 6,
        "depths": (sides[:, [0, 4]] / 0.023).clamp(max=4.0).sum() / some / 2,
        "details": details[:, :6].sum() / some_fine / 6,
        "colours": details[:, 6:].sum() / some_fine / 3,
        "error": error,
        "body_error": body,
    }

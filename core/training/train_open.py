"""Trains Restage's own network; can be stopped at any moment and gone on with."""

import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..errors import RestageError
from ..events import Events
from ..job import atomic_write
from ..open.network import OpenNet
from ..open.weights import read_open, save_open
from .batches import read_batch
from .validation import validate

BATCH, POINTS = 8, 3072
RATE, LEAST_RATE, WARM_UP = 2e-3, 5e-5, 50
# Of the rate, for a run that begins with weights that know much already: larger steps would first undo it.
STARTED_SHARE = 0.3
# Weights of the losses.
WEIGHTS = {"occupancy": 1.0, "normals": 0.2, "depths": 0.3, "details": 0.8, "colours": 0.4}
# Of the running mean of the network's weights, which is what is kept: a step's share of it.
AVERAGED = 0.004
CHECKPOINT_EVERY, LOG_EVERY, VALIDATE_EVERY = 100, 20, 500


@dataclass
class Training:
    """A run's folder: checkpoint.pt (weights, their running mean, optimiser, highest rate, steps and seconds so far),
    log.jsonl, and open.safetensors, the running mean, to be put into core/weights."""

    folder: Path
    network: OpenNet
    mean: OpenNet
    optimiser: torch.optim.AdamW
    rate: float
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def open(cls, folder: Path, start: Path | None = None) -> "Training":
        """A run as it was left, or a new one, which begins with the weights of the file `start`, if given."""
        torch.manual_seed(0)
        # The layout that processors convolve fastest.
        network = OpenNet() if start is None else read_open(start)
        network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        mean = deepcopy(network).requires_grad_(False)
        rate = RATE if start is None else RATE * STARTED_SHARE
        optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-4)
        training = cls(folder, network, mean, optimiser, rate)
        path = folder / "checkpoint.pt"
        if path.exists():
            content = torch.load(path, weights_only=True)
            network.load_state_dict(content["network"])
            mean.load_state_dict(content["mean"])
            optimiser.load_state_dict(content["optimiser"])
            training.rate = float(content["rate"])
            training.step, training.seconds = int(content["step"]), float(content["seconds"])
        return training

    def save(self) -> None:
        content = {
            "network": self.network.state_dict(), "mean": self.mean.state_dict(), "step": self.step,
            "optimiser": self.optimiser.state_dict(), "seconds": self.seconds, "rate": self.rate,
        }  # fmt: skip
        with atomic_write(self.folder / "checkpoint.pt") as stream:
            torch.save(content, stream)
        save_open(self.mean, self.folder / "open.safetensors")

    def log(self, values: dict[str, float]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": self.step, "seconds": round(self.seconds), **values}) + "\n")

    def average(self) -> None:
        """Move the mean a little towards the network; the whole way at first, where a mean would hold it back."""
        share = max(AVERAGED, 1.0 / (self.step + 1))
        with torch.no_grad():
            for mean, value in zip(self.mean.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(value, share)


def train(
    samples: Path,
    folder: Path,
    seconds: float,
    events: Events,
    held_out: Path | None = None,
    start: Path | None = None,
) -> Training:
    """Train until the run has lasted `seconds` in all, in which the rate falls to its least.

    held_out: folder of samples to look at now and then (validation.py); without it, none are looked at.
    start: weights to begin a new run with, such as those that Restage ships.
    Raises RestageError `dataset_empty`, and `weights_unreadable` for `start`.
    """
    training = Training.open(folder, start)
    network, optimiser = training.network.train(), training.optimiser
    sums: dict[str, float] = {}
    for batch, count in _batches(samples, training, seconds):
        started = time.perf_counter()
        share = training.seconds / seconds
        rate = LEAST_RATE + (training.rate - LEAST_RATE) * 0.5 * (1 + math.cos(math.pi * share))
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (training.step + 1) / WARM_UP)
        losses = losses_of(network, batch)
        total = torch.stack([weight * losses[name] for name, weight in WEIGHTS.items()]).sum()
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        training.step += 1
        training.average()
        training.seconds += time.perf_counter() - started
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / LOG_EVERY
        if training.step % LOG_EVERY == 0:
            training.log({name: round(value, 4) for name, value in sums.items()} | {"samples": count})
            events.emit("frame", stage="train", done=int(training.seconds), count=int(seconds))
            sums = {}
        if training.step % CHECKPOINT_EVERY == 0:
            training.save()
        if held_out is not None and training.step % VALIDATE_EVERY == 0:
            training.log(validate(training.mean, held_out, folder / f"{training.step:06d}.png"))
    training.save()
    return training


def _batches(samples: Path, training: Training, seconds: float) -> Iterator[tuple[dict[str, Tensor], int]]:
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

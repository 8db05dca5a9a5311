"""Trains Restage's own network; can be stopped at any moment and gone on with."""

import json
import math
import time
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
from .batches import read_batch

BATCH, POINTS = 8, 3072
RATE, LEAST_RATE, WARM_UP = 2e-3, 5e-5, 50
NORMALS, DEPTHS = 0.3, 0.3
CHECKPOINT_EVERY, LOG_EVERY = 100, 20


@dataclass
class Training:
    """A run's folder: checkpoint.pt (weights, optimiser, steps and seconds so far), log.jsonl."""

    folder: Path
    network: OpenNet
    optimiser: torch.optim.AdamW
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def open(cls, folder: Path) -> "Training":
        """A run as it was left, or a new one."""
        torch.manual_seed(0)
        network = OpenNet()
        optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
        training = cls(folder, network, optimiser)
        path = folder / "checkpoint.pt"
        if path.exists():
            content = torch.load(path, weights_only=True)
            network.load_state_dict(content["network"])
            optimiser.load_state_dict(content["optimiser"])
            training.step, training.seconds = int(content["step"]), float(content["seconds"])
        return training

    def save(self) -> None:
        content = {
            "network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step,
            "seconds": self.seconds,
        }  # fmt: skip
        with atomic_write(self.folder / "checkpoint.pt") as stream:
            torch.save(content, stream)

    def log(self, values: dict[str, float]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": self.step, "seconds": round(self.seconds), **values}) + "\n")


def train(samples: Path, folder: Path, seconds: float, events: Events) -> Training:
    """Train until the run has lasted `seconds` in all, in which the rate falls to its least.

    Raises RestageError `dataset_empty`.
    """
    training = Training.open(folder)
    network, optimiser = training.network.train(), training.optimiser
    sums: dict[str, float] = {}
    while training.seconds < seconds:
        started = time.perf_counter()
        # New samples may have come while this was going on.
        paths = sorted(samples.glob("*.npz"))
        if not paths:
            raise RestageError("dataset_empty", f"{samples} holds no sample. Make some with `dataset make` first.")
        share = training.seconds / seconds
        rate = LEAST_RATE + (RATE - LEAST_RATE) * 0.5 * (1 + math.cos(math.pi * share))
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (training.step + 1) / WARM_UP)
        losses = losses_of(network, read_batch(paths, np.random.default_rng([1, training.step]), BATCH, POINTS))
        total = losses["occupancy"] + NORMALS * losses["normals"] + DEPTHS * losses["depths"]
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        training.step += 1
        training.seconds += time.perf_counter() - started
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / LOG_EVERY
        if training.step % LOG_EVERY == 0:
            training.log({name: round(value, 4) for name, value in sums.items()} | {"samples": len(paths)})
            events.emit("frame", stage="train", done=int(training.seconds), count=int(seconds))
            sums = {}
        if training.step % CHECKPOINT_EVERY == 0:
            training.save()
    training.save()
    return training


def losses_of(network: OpenNet, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Occupancy: binary cross-entropy; normals and depths of both sides: mean absolute error where the person is,
    depths in units of 5 cm. `error`: share of points on the wrong side, for the log."""
    features, sides = network.encode(batch["picture"], batch["maps"])
    logits = network.decode(features, sides, batch["points"], batch["body"])
    known = batch["known"][:, None]
    total = known.sum() + 1e-6
    difference = (sides - batch["sides"]).abs() * known
    with torch.no_grad():
        error = ((logits > 0) != (batch["inside"] > 0.5)).float().mean()
        body = ((batch["body"][..., 0] < 0) != (batch["inside"] > 0.5)).float().mean()
    return {
        "occupancy": functional.binary_cross_entropy_with_logits(logits, batch["inside"]),
        "normals": difference[:, [1, 2, 3, 5, 6, 7]].sum() / total / 6,
        "depths": (difference[:, [0, 4]] / 0.023).clamp(max=4.0).sum() / total / 2,
        "error": error,
        "body_error": body,
    }

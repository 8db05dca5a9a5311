"""A run of training: its folder, what it has learnt, how far it is; can be stopped at any moment and gone on with."""

import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from ..errors import RestageError
from ..events import Events
from ..job import atomic_write
from ..weights_file import write_weights

Network = TypeVar("Network", bound=nn.Module)

# At the end of a run the rate is this share of what it was; steps until it is what it was.
LEAST_SHARE, WARM_UP = 0.025, 50
WEIGHT_DECAY = 1e-4
# Of the running mean of the network's weights, which is what is kept: a step's share of it.
AVERAGED = 0.004
CHECKPOINT_EVERY, LOG_EVERY = 100, 20


@dataclass
class Training(Generic[Network]):
    """A run's folder: checkpoint.pt (weights, their running mean, optimiser, highest rate, steps and seconds so far),
    log.jsonl, and NAME.safetensors, the running mean, to be put into core/weights."""

    folder: Path
    name: str
    network: Network
    mean: Network
    optimiser: torch.optim.AdamW
    rate: float
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def open(
        cls, folder: Path, name: str, network: Network, rate: float, slow: Mapping[str, float] | None = None
    ) -> "Training[Network]":
        """A run as it was left, or a new one that begins with the network as it is.

        slow: parts of the network that know much already, and their share of the rate. Raises RestageError
        `checkpoint_unreadable`, `weights_wrong`.
        """
        mean = deepcopy(network).requires_grad_(False).eval()
        optimiser = torch.optim.AdamW(_groups(network, slow or {}), lr=rate, weight_decay=WEIGHT_DECAY)
        training = cls(folder, name, network, mean, optimiser, rate)
        path = folder / "checkpoint.pt"
        if path.exists():
            training._restore(path)
        return training

    def _restore(self, path: Path) -> None:
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            shapes = {name: value.shape for name, value in content["network"].items()}
            if shapes != {name: value.shape for name, value in self.network.state_dict().items()}:
                raise RestageError(
                    "weights_wrong",
                    f"{path} is of a run of another network. Train the one that it was begun with, or choose another"
                    " folder with --output.",
                )
            self.network.load_state_dict(content["network"])
            self.mean.load_state_dict(content["mean"])
            self.optimiser.load_state_dict(content["optimiser"])
            self.rate = float(content["rate"])
            self.step, self.seconds = int(content["step"]), float(content["seconds"])
        except RestageError:
            raise
        # A damaged file may end the reader anywhere.
        except Exception as error:
            raise RestageError(
                "checkpoint_unreadable",
                f"{path} is damaged, or no checkpoint of this training. Delete it to begin again (with --start and the"
                f" {self.name}.safetensors beside it, if that is whole), or choose another folder with --output.",
            ) from error

    def save(self) -> None:
        content = {
            "network": self.network.state_dict(), "mean": self.mean.state_dict(), "step": self.step,
            "optimiser": self.optimiser.state_dict(), "seconds": self.seconds, "rate": self.rate,
        }  # fmt: skip
        with atomic_write(self.folder / "checkpoint.pt") as stream:
            torch.save(content, stream)
        write_weights(self.mean, self.folder / f"{self.name}.safetensors")

    def log(self, values: dict[str, float]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": self.step, "seconds": round(self.seconds), **values}) + "\n")

    @contextmanager
    def timed(self) -> Iterator[None]:
        """What happens inside counts as time of the run."""
        started = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - started

    def advance(self, loss: Tensor, seconds: float) -> None:
        """One step of a run of so many seconds in all, over which the rate falls along a cosine."""
        least = LEAST_SHARE * self.rate
        share = min(1.0, self.seconds / seconds)
        rate = least + (self.rate - least) * 0.5 * (1 + math.cos(math.pi * share))
        # Checkpoints of earlier versions say nothing of shares.
        for group in self.optimiser.param_groups:
            group["lr"] = group.get("share", 1.0) * rate * min(1.0, (self.step + 1) / WARM_UP)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        # The mean follows the whole way at first, where it would hold the network back.
        with torch.no_grad():
            step = get_ema_multi_avg_fn(1 - max(AVERAGED, 1.0 / self.step))
            step(list(self.mean.parameters()), list(self.network.parameters()), self.step)


def _groups(network: nn.Module, slow: Mapping[str, float]) -> list[dict[str, Any]]:
    """Parameters by their share of the rate: those whose names begin with a name of `slow`, and the others."""
    groups: dict[float, list[nn.Parameter]] = {1.0: []}
    for name, value in network.named_parameters():
        share = next((share for start, share in slow.items() if name.startswith(start)), 1.0)
        groups.setdefault(share, []).append(value)
    return [{"params": values, "share": share} for share, values in groups.items()]


def weighted(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """The sum of those losses that have a weight: what a step makes smaller."""
    return torch.stack([weight * losses[name] for name, weight in weights.items()]).sum()


class LossLog:
    """Means of losses, written to the log and told every LOG_EVERY steps."""

    def __init__(self, training: Training, seconds: float, events: Events) -> None:
        self._training, self._whole, self._events = training, seconds, events
        self._sums: dict[str, Tensor] = {}

    def add(self, losses: dict[str, Tensor], **values: float) -> None:
        """Losses of the step just done; values: what else the log shall say."""
        for name, loss in losses.items():
            # A card is not waited for before the sums are told.
            self._sums[name] = self._sums.get(name, torch.zeros(())) + loss.detach() / LOG_EVERY
        if self._training.step % LOG_EVERY == 0:
            self._training.log({name: round(float(value), 4) for name, value in self._sums.items()} | values)
            self._events.emit("frame", stage="train", done=int(self._training.seconds), count=int(self._whole))
            self._sums = {}

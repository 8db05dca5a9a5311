"""A training run of one of PaMIR's networks: its folder, its steps, and checkpoints in the published format."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ...errors import RestageError
from ...events import Events
from ...job import atomic_write
from ...pamir.checkpoint import kind_of
from ...picture import Picture, write_png
from .place import Place, read_ahead
from .sizes import Sizes

# The learning rate, and by what it falls after how many steps (pamir.md 8).
RATE, DECAY, DECAY_EVERY = 2e-4, 0.9, 10_000
LATEST = "latest.pt"
# Steps and seconds after which latest.pt is written, and steps after which a line of the log is.
LATEST_EVERY, LATEST_SECONDS, LOG_EVERY = 200, 600.0, 20
# Under this name the published checkpoints of both networks hold the optimiser.
OPTIMISER = "optimizer_pamir_net"


class Task(Protocol):
    """What a training is about: which views to read, what is lost, what shows how far it is."""

    def read(self, step: int, chosen: list[int]) -> Any:
        """The batch of a step, in another thread; chosen: numbers of views."""
        ...

    def losses(self, step: int, batch: Any) -> dict[str, Tensor]:
        """Scalars by name; `loss` is made smaller, the others are for the log."""
        ...

    def validate(self) -> tuple[Picture, dict[str, float]]:
        """A picture of a view that is held back, and numbers for the log."""
        ...


@dataclass(frozen=True)
class Limits:
    """When to stop, whichever comes first: after so many epochs or steps of the run in all, or seconds from now;
    stamp_every: steps after which a checkpoint is kept for good."""

    epochs: int
    steps: int | None = None
    seconds: float | None = None
    stamp_every: int = 20_000


@dataclass
class Run:
    """folder: `checkpoints/latest.pt` and time-stamped ones, `validation/`, `log.jsonl`; key: under which checkpoints
    hold the network; place: the batch that comes next; step: steps done."""

    folder: Path
    key: str
    network: nn.Module
    optimiser: torch.optim.Optimizer
    sizes: Sizes
    place: Place
    step: int = 0
    _saved: int = field(default=0, init=False)

    @classmethod
    def open(
        cls, folder: Path, key: str, network: nn.Module, optimiser: torch.optim.Optimizer, sizes: Sizes, views: int
    ) -> "Run":
        """A run as it was left, or a new one. When the number of views or the batch's size changed, the epoch begins
        again. Raises RestageError `checkpoint_unreadable`, `weights_wrong`."""
        run = cls(folder, key, network, optimiser, sizes, Place.start(views, sizes.batch, sizes.seed))
        if run.latest.exists():
            run._restore(views)
        return run

    @property
    def latest(self) -> Path:
        return self.folder / "checkpoints" / LATEST

    def save(self) -> None:
        """Write latest.pt."""
        content = {
            self.key: self.network.state_dict(),
            OPTIMISER: self.optimiser.state_dict(),
            "epoch": self.place.epoch,
            "batch_idx": self.place.batch,
            "batch_size": self.place.size,
            "dataset_perm": list(self.place.order),
            "total_step_count": self.step,
        }
        with atomic_write(self.latest) as stream:
            torch.save(content, stream)
        self._saved = self.step

    def log(self, values: dict[str, float]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": self.step, "epoch": self.place.epoch, **values}) + "\n")

    def train(self, task: Task, limits: Limits, events: Events, workers: int = 2) -> None:
        """Go on until a limit. Raises RestageError `training_diverged`, and what the task raises."""
        started = saved = time.monotonic()
        whole = limits.epochs * self.place.batches
        last = whole if limits.steps is None else min(whole, limits.steps)
        sums: dict[str, float] = {}
        summed = 0
        self.network.train()
        reading = read_ahead(lambda item: task.read(item[0], item[1].chosen), self._coming(), workers)
        with closing(reading) as batches:
            while self._remains(limits) and (limits.seconds is None or time.monotonic() - started < limits.seconds):
                losses = self._advance(task, next(batches))
                summed += 1
                for name, value in losses.items():
                    sums[name] = sums.get(name, 0.0) + value
                if self.step % LOG_EVERY == 0:
                    self._log_means(sums, summed, started)
                    sums, summed = {}, 0
                    events.emit("frame", stage="train", done=self.step, count=max(last, self.step))
                stamped = self.step % limits.stamp_every == 0
                if stamped or self.step % LATEST_EVERY == 0 or time.monotonic() - saved > LATEST_SECONDS:
                    self._checkpoint(task, stamped)
                    saved = time.monotonic()
        if summed:
            self._log_means(sums, summed, started)
        if self.step > self._saved:
            self._checkpoint(task, False)

    def _remains(self, limits: Limits) -> bool:
        return self.place.epoch < limits.epochs and (limits.steps is None or self.step < limits.steps)

    def _coming(self) -> Iterator[tuple[int, Place]]:
        """Numbers of the steps to come, and their places."""
        step, place = self.step, self.place
        while True:
            yield step, place
            step, place = step + 1, place.following(self.sizes.seed)

    def _advance(self, task: Task, batch: Any) -> dict[str, float]:
        """One step of the optimiser; returns the losses before it."""
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * DECAY ** (self.step // DECAY_EVERY)
        losses = task.losses(self.step, batch)
        values = {name: float(value.detach()) for name, value in losses.items()}
        if not math.isfinite(values["loss"]):
            raise RestageError(
                "training_diverged",
                f"The loss of step {self.step} is {values['loss']}. {self.latest} is from before; run again from it, or"
                " from an older checkpoint beside it renamed to latest.pt.",
            )
        self.optimiser.zero_grad()
        losses["loss"].backward()
        self.optimiser.step()
        self.step, self.place = self.step + 1, self.place.following(self.sizes.seed)
        return values

    def _log_means(self, sums: dict[str, float], count: int, started: float) -> None:
        means = {name: round(value / count, 6) for name, value in sums.items()}
        rate = self.optimiser.param_groups[0]["lr"]
        self.log({**means, "rate": rate, "seconds": round(time.monotonic() - started, 1)})

    def _checkpoint(self, task: Task, stamped: bool) -> None:
        self.save()
        name = Path(LATEST).stem
        if stamped:
            name = time.strftime("%Y_%m_%d_%H_%M_%S")
            with atomic_write(self.latest.with_name(f"{name}.pt")) as stream:
                stream.write(self.latest.read_bytes())
        self.network.eval()
        picture, values = task.validate()
        self.network.train()
        write_png(self.folder / "validation" / f"{name}.png", picture)
        self.log({f"held_back_{key}": round(value, 6) for key, value in values.items()})

    def _restore(self, views: int) -> None:
        try:
            # Not mapped from the file, which is replaced while the run goes on.
            content = torch.load(self.latest, map_location="cpu", weights_only=True)
            if self.key not in content:
                raise RestageError(
                    "weights_wrong",
                    f"{self.latest} is of a run of the {kind_of(content) or 'unknown'} network. Choose another folder"
                    " with --output.",
                )
            self.network.load_state_dict(content[self.key])
            self.optimiser.load_state_dict(content[OPTIMISER])
            order, size = content["dataset_perm"] or (), int(content["batch_size"])
            self.step, epoch, batch = (int(content[name]) for name in ("total_step_count", "epoch", "batch_idx"))
        except RestageError:
            raise
        except Exception as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise RestageError(
                "checkpoint_unreadable",
                f"{self.latest} cannot be gone on from ({first}). Rename an older checkpoint beside"
                " it to latest.pt, or delete it to begin again.",
            ) from error
        self._saved = self.step
        self.place = Place.start(views, self.sizes.batch, self.sizes.seed, epoch)
        if len(order) == views and size == self.sizes.batch:
            self.place = Place(epoch, batch, size, tuple(order))

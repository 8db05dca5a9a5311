"""Steps, checkpoints, log and limits, with a network of three weights."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import RestageError
from core.events import SilentEvents
from core.picture import read_picture
from core.training.pamir import run as run_module
from core.training.pamir.run import Limits, Run
from core.training.pamir.sizes import Sizes

VIEWS = 5
SIZES = Sizes(batch=2)


class LineTask:
    """Learns y = 2 x0 - x1 + 1 from noisy points: two views a step."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self.seen: list[list[int]] = []

    def read(self, step: int, chosen: list[int]) -> tuple[Tensor, Tensor]:
        self.seen.append(chosen)
        x = np.random.default_rng([step, *chosen]).normal(size=(8, 2))
        y = 2 * x[:, :1] - x[:, 1:] + 1 + 0.01 * np.array(chosen).sum()
        return torch.from_numpy(x).float(), torch.from_numpy(y).float()

    def losses(self, step: int, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        return {"loss": ((self._network(batch[0]) - batch[1]) ** 2).mean()}

    def validate(self) -> tuple[np.ndarray, dict[str, float]]:
        assert not self._network.training
        return np.full((4, 6, 3), 200, np.uint8), {"error": 0.25}


def opened(folder: Path, views: int = VIEWS, key: str = "pamir_net", sizes: Sizes = SIZES) -> tuple[Run, LineTask]:
    torch.manual_seed(sizes.seed)
    network = nn.Linear(2, 1)
    optimiser = torch.optim.RMSprop(network.parameters(), lr=2e-4, alpha=0.99, eps=1e-8)
    return Run.open(folder, key, network, optimiser, sizes, views), LineTask(network)


def trained(folder: Path, steps: int, stamp_every: int = 1000) -> tuple[Run, LineTask]:
    run, task = opened(folder)
    run.train(task, Limits(100, steps, stamp_every=stamp_every), SilentEvents(), workers=0)
    return run, task


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, _ = trained(tmp_path / "whole", 8)
    trained(tmp_path / "parts", 4)
    parts, task = trained(tmp_path / "parts", 8)
    assert len(task.seen) == 4
    assert (parts.step, parts.place) == (whole.step, whole.place)
    for first, second in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        assert torch.equal(first, second)
    left, right = (torch.load(run.latest, weights_only=True) for run in (whole, parts))
    states = [content["optimizer_pamir_net"]["state"] for content in (left, right)]
    assert all(torch.equal(states[0][i]["square_avg"], states[1][i]["square_avg"]) for i in states[0])


def test_reading_ahead_changes_nothing(tmp_path: Path) -> None:
    alone, _ = trained(tmp_path / "alone", 6)
    run, task = opened(tmp_path / "threads")
    run.train(task, Limits(100, 6), SilentEvents(), workers=3)
    assert all(torch.equal(a, b) for a, b in zip(alone.network.parameters(), run.network.parameters(), strict=True))


def test_checkpoints_have_the_published_keys(tmp_path: Path) -> None:
    run, _ = trained(tmp_path, 4, stamp_every=2)
    content = torch.load(run.latest, weights_only=True)
    assert set(content) == {
        "pamir_net", "optimizer_pamir_net", "epoch", "batch_idx", "batch_size", "dataset_perm", "total_step_count",
    }  # fmt: skip
    # Five views in batches of two are three steps an epoch.
    assert [content[name] for name in ("epoch", "batch_idx", "batch_size", "total_step_count")] == [1, 1, 2, 4]
    assert sorted(content["dataset_perm"]) == list(range(VIEWS))
    stamped = [path for path in (tmp_path / "checkpoints").iterdir() if path.name != "latest.pt"]
    assert stamped
    assert all(len(path.stem.split("_")) == 6 for path in stamped)
    assert {path.stem for path in (tmp_path / "validation").iterdir()} >= {path.stem for path in stamped}
    assert read_picture(next((tmp_path / "validation").glob("*.png"))).shape == (4, 6, 3)


def test_the_log_holds_means_and_the_held_back_view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "LOG_EVERY", 3)
    trained(tmp_path, 7)
    assert [line["step"] for line in lines(tmp_path) if "loss" in line] == [3, 6, 7]
    assert lines(tmp_path)[-1]["held_back_error"] == 0.25
    assert all(line["rate"] == 2e-4 for line in lines(tmp_path) if "loss" in line)


def test_the_rate_falls_by_a_tenth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "DECAY_EVERY", 2)
    monkeypatch.setattr(run_module, "LOG_EVERY", 1)
    trained(tmp_path, 5)
    rates = [line["rate"] for line in lines(tmp_path) if "loss" in line]
    assert rates == pytest.approx([2e-4, 2e-4, 1.8e-4, 1.8e-4, 1.62e-4])


def test_epochs_and_minutes_end_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, task = opened(tmp_path / "epochs")
    run.train(task, Limits(epochs=2), SilentEvents(), workers=0)
    assert (run.step, run.place.epoch) == (6, 2)
    run.train(task, Limits(epochs=2), SilentEvents(), workers=0)
    assert run.step == 6
    late, task = opened(tmp_path / "minutes")
    clock = itertools.count()
    monkeypatch.setattr(run_module.time, "monotonic", lambda: next(clock))
    late.train(task, Limits(10**9, seconds=10.0), SilentEvents(), workers=0)
    assert 2 < late.step < 10
    assert late.latest.exists()


def test_more_views_begin_the_epoch_again(tmp_path: Path) -> None:
    trained(tmp_path, 4)
    run, _ = opened(tmp_path, views=9)
    assert (run.step, run.place.epoch, run.place.batch) == (4, 1, 0)
    assert len(run.place.order) == 9


def test_a_run_that_diverges_keeps_its_last_checkpoint(tmp_path: Path) -> None:
    run, task = trained(tmp_path, 2)
    kept = run.latest.read_bytes()
    with torch.no_grad():
        next(run.network.parameters()).fill_(float("nan"))
    with pytest.raises(RestageError, match="nan") as caught:
        run.train(task, Limits(100, 9), SilentEvents(), workers=2)
    assert caught.value.code == "training_diverged"
    assert run.latest.read_bytes() == kept


def test_checkpoints_that_cannot_be_gone_on_from(tmp_path: Path) -> None:
    run, _ = trained(tmp_path, 1)
    with pytest.raises(RestageError, match="geometry") as caught:
        opened(tmp_path, key="pamir_tex_net")
    assert caught.value.code == "weights_wrong"
    whole = run.latest.read_bytes()
    run.latest.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RestageError) as caught:
        opened(tmp_path)
    assert caught.value.code == "checkpoint_unreadable"

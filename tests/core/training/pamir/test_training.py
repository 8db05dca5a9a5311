"""PaMIR's own networks learn a scan; what is written is read as the official files are."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.__main__ import main
from core.events import SilentEvents
from core.pamir.checkpoint import load_network
from core.pamir.weights import PamirFiles
from core.picture import read_picture
from core.training.pamir import run as run_module
from core.training.pamir import train_geometry as geometry_module
from core.training.pamir.run import Limits
from core.training.pamir.sizes import Sizes
from core.training.pamir.train_geometry import train_geometry
from core.training.pamir.train_texture import train_texture

SMALL = Sizes(batch=2, near=60, uniform=10, texels=100, image=64, voxels=16)
TRIAL = Sizes(batch=2, near=300, uniform=60, texels=400, image=64, voxels=32)


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry_module, "RESOLUTION", 16)
    monkeypatch.setattr(run_module, "LOG_EVERY", 1)


def logged(folder: Path, name: str) -> list[float]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [line[name] for line in lines if name in line]


def test_checkpoints_of_both_networks_load_as_the_official_ones(scans: Path, tmp_path: Path) -> None:
    device = torch.device("cpu")
    geometry = train_geometry(scans, tmp_path / "geometry", Limits(9, 1), SilentEvents(), None, device, SMALL, 0)
    texture = train_texture(
        scans, tmp_path / "texture", geometry.latest, Limits(9, 1), SilentEvents(), None, device, SMALL, 0
    )
    found = PamirFiles.find(tmp_path).found
    assert found == {"geometry": geometry.latest, "texture": texture.latest}
    for key, run in (("pamir_net", geometry), ("pamir_tex_net", texture)):
        loaded = load_network(key, run.latest).state_dict()
        trained = run.network.state_dict()
        assert loaded.keys() == trained.keys()
        assert all(torch.equal(value, trained[name]) for name, value in loaded.items())
        assert torch.load(run.latest, weights_only=True, mmap=True)["total_step_count"] == 1
        assert read_picture(run.folder / "validation" / "latest.png").shape[0] == 256
    assert 0.0 <= logged(tmp_path / "geometry", "held_back_error")[0] <= 1.0
    # Every part of both networks that takes part was changed by the step.
    torch.manual_seed(SMALL.seed)
    first = type(geometry.network)().state_dict()
    changed = {name for name, value in geometry.network.state_dict().items() if not torch.equal(value, first[name])}
    parts = {"hg.conv1_", "hg.tmpOut.0", "hg.tmpOut.3", "ve.conv_out1", "ve.conv_out2", "ve.r3.conv2", "mlp.conv4.0"}
    assert {f"{part}.weight" for part in parts} <= changed


def test_a_mistaken_command_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "pamir-geometry", "--scans", str(tmp_path), "--output", str(tmp_path / "run"), "--json"]
    assert main(arguments) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "dataset_empty"
    assert main(["train", "pamir-texture", *arguments[2:]]) == 2
    assert "--geometry" in capsys.readouterr().out


@pytest.mark.slow
def test_geometry_learns_one_scan_and_goes_on(scans: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    for steps in (12, 24):
        train_geometry(scans, run, Limits(10**6, steps), SilentEvents(), None, torch.device("cpu"), TRIAL, 0)
    losses = logged(run, "loss")
    assert len(losses) == 24
    assert np.mean(losses[-5:]) < 0.85 * np.mean(losses[:3])
    assert np.mean(logged(run, "error")[-5:]) < 0.35


@pytest.mark.slow
def test_a_resumed_run_of_the_whole_network_equals_an_uninterrupted_one(scans: Path, tmp_path: Path) -> None:
    states = []
    for name, parts in (("whole", (4,)), ("parts", (2, 4))):
        for steps in parts:
            run = train_geometry(
                scans, tmp_path / name, Limits(99, steps), SilentEvents(), None, torch.device("cpu"), SMALL, 0
            )
        states.append(run.network.state_dict())
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


@pytest.mark.slow
def test_texture_learns_one_scan(scans: Path, tmp_path: Path) -> None:
    device = torch.device("cpu")
    geometry = train_geometry(scans, tmp_path / "geometry", Limits(9, 1), SilentEvents(), None, device, SMALL, 0)
    run = tmp_path / "texture"
    train_texture(scans, run, geometry.latest, Limits(10**6, 40), SilentEvents(), None, device, TRIAL, 0)
    assert np.mean(logged(run, "final")[-5:]) < 0.85 * np.mean(logged(run, "final")[:3])

"""Checkpoints load strictly, and say in words what is wrong with them."""

import os
from pathlib import Path

import pytest
import torch

from core.errors import RestageError
from core.pamir.checkpoint import load_network
from core.pamir.networks import build
from core.pamir.weights import PamirFiles
from tests.core.pamir.lively import enliven

KEY = "smpl_param_regressor"
SMALL = {"vertices": 5}


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    return enliven(build(KEY, **SMALL)).state_dict()


def save(path: Path, content: object, legacy: bool = False) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path


@pytest.mark.parametrize("legacy", [False, True])
def test_weights_come_through_with_the_savers_other_entries(tmp_path: Path, state, legacy: bool) -> None:
    content = {KEY: state, "optimizer_pamir_net": {"state": {}, "param_groups": [{"lr": 2e-4}]}, "dataset_perm": None}
    network = load_network(KEY, save(tmp_path / "latest.pt", content, legacy), **SMALL)
    assert not network.training
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())


def problem(path: Path, key: str = KEY) -> tuple[str, str]:
    with pytest.raises(RestageError) as caught:
        load_network(key, path, **(SMALL if key == KEY else {}))
    assert str(path) in str(caught.value)
    return caught.value.code, str(caught.value)


def test_another_networks_file_is_called_by_its_name(tmp_path: Path) -> None:
    path = save(tmp_path / "latest.pt", {"pamir_tex_net": {}, "epoch": 1})
    code, message = problem(path, "pamir_net")
    assert code == "weights_wrong"
    assert "it is the texture checkpoint" in message
    assert "the geometry one" in message


def test_missing_extra_and_misshapen_keys(tmp_path: Path, state) -> None:
    path = tmp_path / "latest.pt"
    first = next(iter(state))
    save(path, {KEY: {name: value for name, value in state.items() if name != first}})
    assert f"1 of {len(state)} keys are missing, the first is {first}" in problem(path)[1]
    save(path, {KEY: state | {"layers.9.weight": torch.zeros(1)}})
    assert "1 keys are unknown, the first is layers.9.weight" in problem(path)[1]
    save(path, {KEY: state | {first: torch.zeros(3, 2)}})
    assert f"{first} has the shape (3, 2) and not (1024, 30)" in problem(path)[1]
    save(path, {KEY: {f"module.{name}": value for name, value in state.items()}})
    assert "several cards" in problem(path)[1]


@pytest.mark.parametrize("legacy", [False, True])
def test_cut_off_files(tmp_path: Path, state, legacy: bool) -> None:
    whole = save(tmp_path / "whole.pt", {KEY: state}, legacy).read_bytes()
    path = tmp_path / "latest.pt"
    for length in (0, 100, len(whole) // 2, len(whole) - 10_000):
        path.write_bytes(whole[:length])
        assert problem(path)[0] == "weights_unreadable"


def test_what_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "latest.pt"
    path.write_text("<!DOCTYPE html><html>Quota exceeded</html>")
    assert "it is a web page" in problem(path)[1]
    path.write_bytes(b"\x00" * 5000)
    assert problem(path)[0] == "weights_unreadable"
    save(path, [1, 2])
    assert problem(path)[0] == "weights_unreadable"


class Evil:
    def __reduce__(self) -> object:
        return os.mkdir, ("made",)


@pytest.mark.parametrize("legacy", [False, True])
def test_code_in_a_checkpoint_does_not_run(tmp_path: Path, monkeypatch, legacy: bool) -> None:
    monkeypatch.chdir(tmp_path)
    assert problem(save(tmp_path / "latest.pt", {KEY: Evil()}, legacy))[0] == "weights_unreadable"
    assert not (tmp_path / "made").exists()


def test_every_file_is_recognised_whatever_its_name(pamir_folder: Path, tmp_path: Path) -> None:
    for path in pamir_folder.rglob("*"):
        if path.is_file():
            keep = path.suffix in (".txt", ".npy")
            (tmp_path / (path.name if keep else f"{path.parent.parent.name}_{path.stem[:5]}{path.suffix}")).symlink_to(
                path
            )
    files = PamirFiles.find(tmp_path)
    assert files.missing() == []
    assert set(files.found) == set(PamirFiles.find(pamir_folder).found)
    lines = "\n".join(files.describe())
    assert "non-commercial" in lines
    assert "missing" not in lines


def test_what_is_missing_is_told_with_its_source(tmp_path: Path, pamir_folder: Path) -> None:
    (tmp_path / "latest.pt").symlink_to(pamir_folder / "results/pamir_geometry/checkpoints/latest.pt")
    (tmp_path / "broken.pt").write_bytes(b"PK\x03\x04 nothing")
    files = PamirFiles.find(tmp_path)
    assert set(files.found) == {"geometry"}
    with pytest.raises(RestageError) as caught:
        files.require()
    assert caught.value.code == "weights_missing"
    for part in ("texture", "smpl.is.tue.mpg.de", "networks/data", "broken.pt"):
        assert part in str(caught.value)
    assert "GraphCMR" not in files.missing(estimate=False)
    with pytest.raises(RestageError):
        PamirFiles.find(tmp_path / "nowhere")


def test_latest_wins_over_its_older_copies(tmp_path: Path) -> None:
    for name in ("2021_01_01.pt", "2021_02_01.pt", "latest.pt", "zzz.pt"):
        save(tmp_path / name, {"pamir_net": {}})
    assert PamirFiles.find(tmp_path).found["geometry"].name == "latest.pt"


def test_other_body_models_are_called_by_their_names(tmp_path: Path) -> None:
    import numpy as np

    np.savez(tmp_path / "x.npz", v_template=np.zeros((9, 3)), weights=np.zeros((9, 55)), shapedirs=np.zeros((9, 3, 10)))
    files = PamirFiles.find(tmp_path)
    assert "SMPL" in files.missing()
    assert "SMPL-X" in files.others[tmp_path / "x.npz"]

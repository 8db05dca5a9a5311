"""Ordinary mistakes on the command line of training: each is told in a sentence."""

import json
from pathlib import Path

import pytest
import torch

from core.__main__ import main
from core.errors import ExitCode, RestageError
from core.training.train_open import open_training
from tests.core.training.test_batches import write_samples

OPEN = ("train", "open", "--samples", "samples")
GEOMETRY = ("train", "pamir-geometry", "--scans", "scans")
DATA = ("--avatars", "a", "--motions", "m")


def told(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, str, str]:
    """The exit code, and the code and message of the error that the last line tells."""
    code = main([*command, "--json"])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    return code, last.get("code", ""), last.get("message", "")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((*OPEN, "--minutes", "-1"), "--minutes is a number above 0."),
        ((*OPEN, "--minutes", "nan"), "--minutes is a number above 0."),
        ((*OPEN, "--batch", "0", "--minutes", "inf"), "--batch goes from 1, --minutes is a number above 0."),
        ((*GEOMETRY, "--batch", "0"), "--batch goes from 1."),
        ((*GEOMETRY, "--workers", "-1"), "--workers goes from 0."),
        ((*GEOMETRY, "--epochs", "0", "--stamp-every", "0"), "--epochs goes from 1, --stamp-every goes from 1."),
        (("train", "pamir-texture", *GEOMETRY[2:], "--geometry", "g.pt", "--steps", "-3"), "--steps goes from 1."),
        (("train", "lifter", *DATA, "--sightings", "s", "--minutes", "0"), "--minutes is a number above 0."),
        (("train", "picture", *DATA, "--minutes", "-2"), "--minutes is a number above 0."),
        (("dataset", "make", *DATA, "--count", "0"), "--count goes from 1."),
        (("dataset", "make", *DATA, "--seed", "-1", "--workers", "-1"), "--seed goes from 0, --workers goes from 0."),
        (("dataset", "dress", "--garments", "g", "--start", "-1"), "--start goes from 0."),
        (("dataset", "sightings", *DATA, "--files", "0"), "--files goes from 1."),
        (("dataset", "scan", "--scans", "s", "--seed", "-1"), "--seed goes from 0."),
    ],
)
def test_numbers_that_make_no_sense(
    command: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert told(capsys, *command, "--output", str(run)) == (ExitCode.BAD_ARGUMENTS, "bad_arguments", said)
    assert not run.exists()


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    training = open_training(tmp_path)
    training.save()
    path = tmp_path / "checkpoint.pt"
    whole = path.read_bytes()
    lacking = torch.load(path, weights_only=True)
    del lacking["mean"]
    torch.save(lacking, tmp_path / "lacking.pt")
    for content in (whole[:1000], b"", b"not a checkpoint", (tmp_path / "lacking.pt").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(RestageError, match="is damaged") as caught:
            open_training(tmp_path)
        assert caught.value.code == "checkpoint_unreadable" and str(path) in str(caught.value)


def test_a_run_is_not_gone_on_with_another_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_training(tmp_path / "run").save()
    write_samples(tmp_path / "samples", 1)
    command = ("train", "open", "--samples", str(tmp_path / "samples"), "--output", str(tmp_path / "run"))
    code, name, said = told(capsys, *command, "--network", "bare", "--device", "cpu")
    assert (code, name) == (ExitCode.ERROR, "weights_wrong")
    assert "another network" in said


def test_an_empty_folder_of_held_out_samples_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_samples(tmp_path / "samples", 1)
    (tmp_path / "held_out").mkdir()
    command = ("train", "open", "--samples", str(tmp_path / "samples"), "--output", str(tmp_path / "run"))
    for name in ("held_out", "nowhere"):
        code, kind, said = told(capsys, *command, "--held-out", str(tmp_path / name))
        assert (code, kind) == (ExitCode.ERROR, "dataset_empty")
        assert name in said
    assert not (tmp_path / "run").exists()

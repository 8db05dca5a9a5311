"""A run that is killed and resumed gives the files of one that was left alone."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
STAGES = ["person", "body", "clothing", "props", "colours", "frames", "character", "page"]
# What differs between equal runs: how long they took.
MEASURED = {"timings.json"}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


def start(clip: Path, output: Path, frames: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "core", "reconstruct", str(clip), "--output", str(output), "--preset", "draft"]
    return subprocess.Popen(
        [*command, "--frames", frames, "--resume", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )


def run(clip: Path, output: Path, frames: str) -> list[dict]:
    """An undisturbed run; returns its events."""
    process = start(clip, output, frames)
    text, _ = process.communicate()
    events = [json.loads(line) for line in text.splitlines()]
    assert process.returncode == 0, events[-1]
    return events


def stop_at(process: subprocess.Popen[str], stage: str, done: int, delay: float, how: signal.Signals) -> int:
    """Send a signal `delay` seconds after the stage began, or after its frame `done`; returns the exit code."""
    assert process.stdout
    for line in process.stdout:
        event = json.loads(line)
        if event.get("stage") == stage and event.get("done", 0) >= done:
            assert not event.get("skipped"), f"{stage} was finished too early to be stopped in it"
            break
    else:
        pytest.fail(f"The run ended before {stage} came to frame {done}")
    time.sleep(delay)
    process.send_signal(how)
    process.stdout.close()
    return process.wait()


def contents(output: Path) -> dict[str, str]:
    files = (path for path in output.rglob("*") if path.is_file() and path.name not in MEASURED)
    return {str(path.relative_to(output)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def test_killed_and_stopped_and_resumed(demo_clip: Path, tmp_path: Path) -> None:
    run(demo_clip, tmp_path / "whole", "::33")
    # Letters beyond ASCII and blanks go through every stage on the way.
    broken = tmp_path / "unterbrochen – zum Üben"
    assert stop_at(start(demo_clip, broken, "::33"), "clip", 1, 0.0, signal.SIGKILL) == -signal.SIGKILL
    assert stop_at(start(demo_clip, broken, "::33"), "body", 20, 0.0, signal.SIGTERM) == 130
    assert stop_at(start(demo_clip, broken, "::33"), "frames", 1, 0.0, signal.SIGKILL) == -signal.SIGKILL
    assert stop_at(start(demo_clip, broken, "::33"), "frames", 2, 0.1, signal.SIGINT) == 130
    # What a kill in the middle of writing leaves.
    (broken / "balance.restage" / "frames" / "000099.ply.partial").write_bytes(b"half")
    events = run(demo_clip, broken, "::33")
    skipped = [event["stage"] for event in events if event["event"] == "stage" and event["skipped"]]
    assert skipped == STAGES[:5]
    assert contents(broken) == contents(tmp_path / "whole")


@pytest.fixture(scope="module")
def undisturbed(demo_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("undisturbed")
    run(demo_clip, output, "::8")
    return output


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_in_every_stage_and_resumed(demo_clip: Path, tmp_path: Path, undisturbed: Path, seed: int) -> None:
    timings = json.loads((undisturbed / "balance.restage" / "timings.json").read_text(encoding="utf-8"))["stages"]
    for stage, share in zip(STAGES, np.random.default_rng(seed).uniform(0.0, 0.6, len(STAGES)), strict=True):
        delay = float(share) * timings[stage]
        assert stop_at(start(demo_clip, tmp_path, "::8"), stage, 0, delay, signal.SIGKILL) == -signal.SIGKILL
    run(demo_clip, tmp_path, "::8")
    assert contents(tmp_path) == contents(undisturbed)

"""A run that is killed anywhere, and goes on, gives the files of one that was left alone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.stages import route

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")


def kill(clip: Path, output: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.core.faults", str(clip), str(output), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_killed_at_some_moments(demo_clip: Path, tmp_path: Path) -> None:
    report = kill(demo_clip, tmp_path, "--frames", "0:31:30", "--every", "31", "--no-character")
    assert report["differences"] == []
    assert report["kills"] > 1


@pytest.mark.slow
def test_killed_at_every_stage_and_write_and_at_twenty_random_moments(demo_clip: Path, tmp_path: Path) -> None:
    report = kill(demo_clip, tmp_path, "--random", "20", "--every", "1")
    assert report["differences"] == []
    kinds = report["kinds"]
    assert {f"at stage {stage}" for stage in route(Settings(method="body"))} <= set(kinds)
    assert kinds["at a random moment"] >= 15
    assert kinds["within a write"] > 30
    assert min(kinds["before replace"], kinds["after replace"]) > 30

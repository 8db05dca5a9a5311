"""A small share of `python -m tests.core.fuzz`, and what it is made of."""

import os
import random
from pathlib import Path

import pytest

from core.job import Job
from tests.core.fuzz.counts import WEIGHTS, shares
from tests.core.fuzz.mutate import mutated
from tests.core.fuzz.sandbox import run_fuzz

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no resource limits")


@pytest.mark.parametrize("name", sorted(WEIGHTS))
def test_damaged_files_are_read_or_refused(name: str, demo_job: Job, tmp_path: Path) -> None:
    report = run_fuzz(demo_job.folder, tmp_path, {name: 15}, seed=7)
    assert report.problems == []
    assert report.inputs == 15


def test_damages_repeat_and_differ() -> None:
    content = bytes(range(256)) * 4
    first = [mutated(content, b"other", random.Random(seed)) for seed in range(50)]
    assert first == [mutated(content, b"other", random.Random(seed)) for seed in range(50)]
    assert len(set(first)) > 45
    assert sum(one == content for one in first) < 3


def test_the_shares_are_enough() -> None:
    assert sum(shares(10_000).values()) >= 10_000
